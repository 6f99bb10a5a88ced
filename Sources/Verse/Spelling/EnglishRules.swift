/// Letter-to-sound rules of English: `left[letters]right=phonemes`, the first that fits.
///
/// The form of the rules, and the outline of what they say, follow Elovitz, Johnson, McHugh and Shore, "Automatic translation of English
/// text to phonetics by means of letter-to-sound rules", NRL Report 7948, 1976. They are written anew for ARPABET and for words of songs.
///
/// Signs in contexts: `_` the edge of the word; `#` one or more vowels; `:` any consonants, or none; `^` one consonant; `.` one voiced
/// consonant; `+` one of e, i, y; `%` one of the endings e, ed, es, er, ers, est, ing, ely at the end of the word; `@` a consonant after
/// which u is not yu.
enum EnglishRules {
  static let table: [UInt8: [LetterRule]] = {
    var table: [UInt8: [LetterRule]] = [:]
    for text in (vowels + "\n" + consonants).split(whereSeparator: { $0 == " " || $0 == "\n" }) {
      guard let rule = LetterRule(text), let first = rule.letters.first else { preconditionFailure("a rule is malformed: \(text)") }
      table[first, default: []].append(rule)
    }
    return table
  }()

  /// Phonemes of one rule are separated by a full stop; a rule without phonemes is for silent letters.
  private static let vowels = """
    _[a]_=AH _[are]_=AA.R _[a]^^:#=AE _[ar]o=AH.R [a]gain=AH _[a]go=AH _:[augh]t=AO [augh]ter_=AO.T.ER [augh]_=AE.F [augh]=AO [aigh]t=EY
    [ayer]_=EY.ER [air]=EH.R [aire]_=EH.R [aisle]_=AY.L [ai]se_=EY [ai]=EY [awe]_=AO [aw]=AO [ayor]_=EY.ER [ays]_=EY.Z [ay]=EY [au]nt=AE
    [au]=AO [aa]=AA [ae]r=EH [ae]=IY [are]_=EH.R w[ar]=AO.R qu[ar]=AO.R [arr]_=AA.R [arr]#=AE.R [ar]#=EH.R #:^[ard]_=ER.D #:[ar]_=ER
    [ar]=AA.R [all]_=AO.L [all]ow=AH.L [alm]=AA.M [alk]=AO.K [alf]=AE.F [alv]e=AE.V [alt]=AO.L.T [ald]=AO.L.D [al]so=AO.L [al]w=AO.L
    [al]m=AO.L #:[al]_=AH.L #:[ally]_=AH.L.IY #:[able]_=AH.B.AH.L [able]_=EY.B.AH.L #:[age]_=IH.JH [ange]_=EY.N.JH [ange]r=EY.N.JH
    [ang]el=EY.N.JH [aste]_=EY.S.T [ast]ing_=EY.S.T [ace]_=EY.S [ance]_=AE.N.S #:[ate]_=EY.T w[ant]=AA.N.T w[ash]=AA.SH w[atch]=AA.CH
    w[ater]=AO.T.ER w[an]d=AA.N w[as]p=AA.S qu[a]d=AA qu[a]l=AA sw[a]n=AA sw[a]p=AA [a]^%=EY [a]ble=EY [a]^le=EY [a]^re_=EY [a]^ie=EY
    [a]cious=EY [a]tion=EY [a]sion=EY [a]cian=EY [a]^ia=EY [a]dy_=EY [a]by_=EY [a]zy_=EY [a]vy_=EY [a]cy_=EY [a]ky_=EY [a]ture=EY
    [a]per_=EY [a]ven_=EY _:[a]_=AA #:[a]_=AH [a]o=EY [a]h=AA [a]=AE

    _:[e]_=IY #:[e]_= :[e]_= [eau]t=Y.UW [eau]=OW [ear]th=ER [ear]n=ER [ear]l=ER [ear]ch=ER h[ear]t=AA.R b[ear]_=EH.R w[ear]_=EH.R
    t[ear]_=IH.R _p[ear]_=EH.R sw[ear]=EH.R [ear]=IH.R [ea]d_=EH [ea]dy=EH [ea]lth=EH [ea]ther=EH [ea]ven=EH [ea]sur=EH [ea]th_=EH
    [ea]nt_=EH [ea]pon=EH [ea]lous=EH br[ea]k=EY gr[ea]t=EY [ea]=IY [eer]=IH.R [ee]=IY [eigh]t_=EY.T [eigh]=EY [eir]_=EH.R [ei]gn=EY
    [ei]n=EY [ei]l=EY c[ei]=IY [ei]=IY [ey]e=AY _:[ey]_=EY #:[ey]_=IY [ey]=EY [eu]r=Y.UH [eu]=UW [ew]=UW r[ew]=UW ch[ew]=UW [eo]ple=IY
    [eo]n_=AH [eo]u=IY _[every]=EH.V.R.IY _[ever]_=EH.V.ER n[ever]_=EH.V.ER [erie]s=IH.R.IY [ere]_=IH.R wh[ere]=EH.R th[ere]=EH.R [er]r=EH
    [er]y_=ER #:[er]_=ER #:[ers]_=ER.Z #:[ern]_=ER.N [er]i=IH.R [er]a=EH.R [er]o=IH.R [er]#=EH.R [er]=ER [ence]_=EH.N.S [ency]_=EH.N.S.IY
    #:[eful]_=F.AH.L #:[eness]_=N.AH.S #:[ement]_=M.AH.N.T #:[ely]_=L.IY #:[eless]_=L.AH.S #:[e]d_=IH [ed]ge=EH.D [e]tte_=EH [e]^e_=IY
    [e]^%=IY [e]vil=IY _d[e]^#=IH _r[e]^#=IH _b[e]^#=IH _pr[e]^#=IH _[e]^#=IH [e]cian=IH [e]tion=IY [e]sion=IY [e]^ious=IY _:[e]^ia=IY
    [e]=EH

    _[i]_=AY [igh]=AY [ign]_=AY.N [ign]e=AY.N [ign]s=AY.N [ild]_=AY.L.D [ind]_=AY.N.D [inds]_=AY.N.D.Z [ier]_=IY.ER [iers]_=IY.ER.Z
    #:[ied]_=IY.D _:[ied]_=AY.D #:[ies]_=IY.Z _:[ies]_=AY.Z _:[ie]_=AY #:[ie]_=IY f[ie]nd=IY fr[ie]nd=EH [iew]=Y.UW [ie]t=AY.AH
    [ience]=AY.AH.N.S [ien]t=IY.AH.N [ie]=IY [ique]_=IY.K [ine]_=AY.N mach[ine]=IY.N mar[ine]=IY.N sh[ine]=AY.N [ire]_=AY.ER [ire]d=AY.ER
    [ir]#=AY.R [irr]=IH.R [ir]=ER [ible]_=AH.B.AH.L [ious]_=IY.AH.S [ion]_=Y.AH.N [ian]_=IY.AH.N [ial]_=IY.AH.L [ia]_=IY.AH [io]_=IY.OW
    #:[ice]_=AH.S #:^[ive]_=IH.V g[iv]=IH.V #:[ite]_=AY.T [ise]_=AY.Z [ize]_=AY.Z #:[ity]_=AH.T.IY #:[ily]_=AH.L.IY #:[it]_=AH.T
    #:^[in]_=AH.N #:[il]_=AH.L [i]ety=AY [i]^%=AY _:[i]^le=AY [i]tion=IH [i]sion=IH [i]cian=IH [i]cious=IH _:[i]a=AY _:[i]o=AY [i]dy_=AY
    [i]vy_=AY [i]ny_=AY [i]ly_=AH [i]ber=AY [i]ger_=AY [i]ver_=IH [i]lent=AY [i]_=IY [i]=IH

    [ough]t=AO en[ough]=AH.F r[ough]=AH.F t[ough]=AH.F c[ough]=AO.F th[ough]=OW d[ough]=OW thr[ough]=UW b[ough]=AW pl[ough]=AW [ough]=OW
    [oar]=AO.R [oa]=OW [oor]=AO.R [oo]k=UH f[oo]t=UH g[oo]d=UH h[oo]d=UH st[oo]d=UH w[oo]d=UH w[oo]l=UH bl[oo]d=AH fl[oo]d=AH [oo]=UW
    [oing]_=OW.IH.NG [oi]=OY [oyal]=OY.AH.L [oy]=OY [oe]s_=OW [oe]_=OW [oeu]=UW sh[oe]=UW [ould]=UH.D [ound]=AW.N.D [ount]=AW.N.T
    [oul]=OW.L f[our]=AO.R p[our]=AO.R c[our]t=AO.R c[our]s=AO.R y[our]=AO.R m[our]n=AO.R #:[our]_=ER [our]_=AW.ER [our]s_=AW.ER.Z
    j[our]n=ER [our]=AO.R y[ou]ng=AH c[ou]ntry=AH c[ou]ple=AH d[ou]ble=AH tr[ou]ble=AH t[ou]ch=AH c[ou]s=AH y[ou]=UW s[ou]p=UW gr[ou]p=UW
    r[ou]te=UW w[ou]nd=UW #:[ous]_=AH.S #:[ously]_=AH.S.L.IY [ou]=AW [owl]=AW.L kn[own]=OW.N s[own]_=OW.N gr[own]=OW.N bl[own]=OW.N
    sh[own]=OW.N thr[own]=OW.N fl[own]=OW.N [own]_=AW.N [owd]=AW.D [ower]_=AW.ER [owel]=AW.AH.L [ows]e=AW.Z l[ow]er=OW _h[ow]=AW
    _n[ow]_=AW _c[ow]=AW _w[ow]_=AW _v[ow]=AW _b[ow]_=AW br[ow]=AW all[ow]=AW pl[ow]=AW [ow]=OW w[or]k=ER w[or]d=ER w[or]ld=ER w[or]th=ER
    w[or]sh=ER w[or]s=ER w[or]m=ER [ore]_=AO.R [orr]ow=AA.R #:[or]_=ER #:[ors]_=ER.Z [or]=AO.R [old]=OW.L.D [olt]_=OW.L.T [oll]_=OW.L
    [ol]k=OW [olve]=AA.L.V l[ost]=AO.S.T c[ost]=AO.S.T fr[ost]=AO.S.T [ost]_=OW.S.T [oss]=AO.S [oft]=AO.F.T [off]=AO.F [ong]_=AO.NG
    [ong]s=AO.NG [ong]=AO.NG [oth]_=AO.TH b[oth]=OW.TH m[oth]er=AH.DH _[oth]er=AH.DH br[oth]er=AH.DH [og]_=AO.G m[on]th=AH.N m[on]k=AH.N
    m[on]ey=AH.N h[on]ey=AH.N w[on]der=AH.N w[on]_=AH.N s[on]_=AH.N _[on]ce=W.AH.N t[on]ight=AH.N _[on]_=AA.N c[ome]=AH.M
    #:^[some]_=S.AH.M #:^[ome]_=OW.M #:[on]_=AH.N #:[ons]_=AH.N.Z #:[om]_=AH.M cl[o]ver=OW l[o]v=AH d[o]ve_=AH gl[o]v=AH ab[o]v=AH
    sh[o]v=AH c[o]ver=AH m[o]v=UW pr[o]v=UW [o]ven_=AH l[ose]_=UW.Z wh[o]=UW t[o]_=UW d[o]_=UW [o]tion=OW [o]sion=OW [o]^%=OW [o]^e_=OW
    [o]^y_=OW [o]^ia=OW [o]ly_=OW [o]_=OW [o]e=OW [o]ver_=OW _:[o]pen=OW [o]a=OW [o]=AA

    [uy]_=AY b[ui]l=IH g[ui]=IH [ui]s_=UW.IH fr[ui]=UW s[ui]=UW br[ui]=UW j[ui]=UW [ui]=UW.IH @[ue]_=UW q[ue]_= g[ue]_= [ue]_=Y.UW
    @[ue]=UW [ue]l=UW.AH p[ull]_=UH.L f[ull]=UH.L b[ull]=UH.L #:[ful]_=F.AH.L p[ush]=UH.SH b[ush]=UH.SH p[ut]_=UH.T b[ury]=EH.R.IY
    b[usy]=IH.Z.IY [urr]=ER s[ure]_=UH.R @[ure]_=UH.R [ure]_=Y.UH.R @[ur]#=UH.R [ur]#=Y.UH.R [ur]=ER #:[us]_=AH.S #:[um]_=AH.M tr[u]th=UW
    g[u]a= g[u]e= q[u]=W @[u]^%=UW [u]^%=Y.UW @[u]^i=UW [u]^i=Y.UW @[u]^a=UW [u]^a=Y.UW [u]^o=Y.UW r[u]by=UW @[u]ty_=UW [u]ty_=Y.UW [u]=AH

    _[y]#=Y _[y]_=W.AY #:^[y]_=IY _:[y]_=AY [yre]_=AY.ER [yr]=ER #:[y]_=IY [yi]ng=AY [ye]_=AY [y]^%=AY [y]=IH
    """

  private static let consonants = """
    m[b]_= [b]t_= [bb]=B [bu]ild=B [b]=B [ch]r=K [ch]em=K _:a[che]_=K e[cho]=K.OW [ch]arac=K [ch]oir=K.W s[ch]=K [ch]ine_=SH [ch]=CH
    s[c]+= [ci]ous=SH [ci]an=SH [ci]al=SH [ci]ent=SH [cc]+=K.S [cc]=K [ck]=K [cq]=K [c]+=S [c]=K [d]ge= _[d]j= [dd]=D #:[ded]_=D.IH.D
    [d]=D [ff]=F o[f]_=V [f]=F _[g]n= [ge]ous=JH [gi]on=JH [gi]c=JH.IH [gg]=G [gh]_= [gh]t= _[gh]=G [gh]= [g]irl=G [g]ive=G [g]ift=G
    [g]et=G [g]eese=G ti[g]er=G an[g]er=NG fin[g]er=G hun[g]er=G lon[g]er=G stron[g]er=G youn[g]er=G n[g]_= [g]n_= [g]ns= [g]ned=
    [gu]a=G.W [g]+=JH [g]=G _[h]our= _[h]onest= _[h]onor= _[h]eir= r[h]= ex[h]= [h]_= [h]#=HH [h]= [j]=JH _[k]n= [kk]=K [k]=K [lle]_=L
    [ll]=L ^[le]_=AH.L ^[les]_=AH.L.Z ^[led]_=AH.L.D [l]=L [mm]=M [mn]_=M [m]=M [nng]=NG [ng]th=NG [ng]_=NG [ng]s=NG [ng]ly=NG [ng]ing=NG
    [nge]=N.JH [ng]er_=NG.G [ng]le=NG.G [ng]=NG.G [nk]=NG.K [nx]=NG.K.S [nc]t=NG.K [nn]=N [n]=N [ph]=F _[ps]=S _[pn]=N [pp]=P cu[p]b=
    [p]t_=P [p]=P [qu]e_=K [qu]=K.W [q]=K [rr]=R [rh]=R [r]=R [sch]ool=S.K [sch]=SH [sh]=SH [ssion]=SH.AH.N [ssian]=SH.AH.N
    #[sion]=ZH.AH.N [sion]=SH.AH.N [ssure]=SH.ER #[sure]_=ZH.ER #[sual]=ZH.UW.AH.L _[s]ure=SH _[s]ugar=SH [ss]=S i[s]land= [s]le_=
    [s]tle=S i[s]m_=Z #[s]m_=Z.AH plea[se]_=Z hou[se]_=S mou[se]_=S spou[se]_=S cea[se]_=S crea[se]_=S lea[se]_=S gee[se]_=S cha[se]_=S
    ba[se]_=S _ca[se]_=S loo[se]_=S goo[se]_=S moo[se]_=S #[se]_=Z #r[se]_=S #l[se]_=S #n[se]_=S el[se]_=S hor[se]_=S #[s]#=Z #[sy]_=Z.IY
    .[s]_=Z #[s]_=Z ou[s]_=S u[s]_=S i[s]_=S [s]=S [tch]=CH [tion]=SH.AH.N [tio]us=SH [ti]al=SH [ti]ent=SH [ti]a=SH [ture]_=CH.ER
    [tures]_=CH.ER.Z [tur]=CH.ER [tual]=CH.UW.AH.L [tience]_=SH.AH.N.S [thm]_=DH.AH.M _[the]_=DH.AH _[this]=DH.IH.S _[they]=DH.EY
    _[there]=DH.EH.R _[that]=DH.AE.T _[than]_=DH.AE.N _[them]=DH.EH.M _[then]_=DH.EH.N _[these]_=DH.IY.Z _[those]_=DH.OW.Z _[th]eir=DH
    _[th]us=DH _[th]ough=DH _[th]y_=DH _[th]ee_=DH _[th]ou_=DH _[th]ine_=DH #[th]er=DH [the]_=DH [th]ing_=TH wi[th]=DH [th]=TH [tt]=T
    s[t]en_= s[t]le= f[t]en= [t]=T [vv]=V [v]=V _[wr]=R _[who]=HH.UW _[wh]=W [wh]=W s[w]ord= [w]r= #[w]_= [w]=W _[x]=Z [x]ious=K.SH
    _e[x]#=G.Z [x]=K.S [zz]=Z [z]=Z
    """
}
