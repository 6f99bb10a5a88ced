/// Frequent English words that no rule of spelling tells, with their phonemes and stress.
enum EnglishExceptions {
  static let words: [String: Pronunciation] = {
    var words: [String: Pronunciation] = [:]
    for line in list.split(whereSeparator: { $0 == "\n" || $0 == ";" }) {
      let parts = line.split(separator: "=").map { $0.drop { $0 == " " } }
      guard parts.count == 2, let pronunciation = Pronunciation(String(parts[1])) else { preconditionFailure("malformed: \(line)") }
      for word in parts[0].split(separator: " ") { words[String(word)] = pronunciation }
    }
    return words
  }()

  private static let list = """
    the=DH AH0; a=AH0; i eye aye=AY1; of=AH1 V; was=W AA1 Z; is=IH1 Z; his=HH IH1 Z; as=AE1 Z; has=HH AE1 Z; have=HH AE1 V; had=HH AE1 D
    said=S EH1 D; says=S EH1 Z; does=D AH1 Z; done=D AH1 N; none nun=N AH1 N; one won=W AH1 N; once=W AH1 N S; some sum=S AH1 M
    gone=G AO1 N; are=AA1 R; were=W ER1; where=W EH1 R; there their they're=DH EH1 R; here hear=HH IY1 R; you=Y UW1; your=Y AO1 R
    you're=Y UH1 R; been=B IH1 N; being=B IY1 IH0 NG; two too=T UW1; to=T UW1; do=D UW1; who=HH UW1; whom=HH UW1 M; whose=HH UW1 Z
    what=W AH1 T; any=EH1 N IY0; many=M EH1 N IY0; again=AH0 G EH1 N; against=AH0 G EH1 N S T; only=OW1 N L IY0; from=F R AH1 M
    could=K UH1 D; would wood=W UH1 D; should=SH UH1 D; shall=SH AE1 L; give=G IH1 V; live=L IH1 V; love=L AH1 V; above=AH0 B AH1 V
    dove=D AH1 V; glove=G L AH1 V; come=K AH1 M; become=B IH0 K AH1 M; move=M UW1 V; prove=P R UW1 V; lose=L UW1 Z; heart=HH AA1 R T
    hearth=HH AA1 R TH; friend=F R EH1 N D; blood=B L AH1 D; flood=F L AH1 D; door=D AO1 R; floor=F L AO1 R; poor=P UH1 R
    given=G IH1 V AH0 N; driven=D R IH1 V AH0 N; risen=R IH1 Z AH0 N; shaken=SH EY1 K AH0 N; people=P IY1 P AH0 L; woman=W UH1 M AH0 N
    women=W IH1 M AH0 N; child=CH AY1 L D; children=CH IH1 L D R AH0 N; world=W ER1 L D; word=W ER1 D; work=W ER1 K; worth=W ER1 TH
    worse=W ER1 S; worst=W ER1 S T; both=B OW1 TH; most=M OW1 S T; ghost=G OW1 S T; host=HH OW1 S T; post=P OW1 S T; lost=L AO1 S T
    cost=K AO1 S T; mother=M AH1 DH ER0; other=AH1 DH ER0; brother=B R AH1 DH ER0; another=AH0 N AH1 DH ER0; father=F AA1 DH ER0
    nothing=N AH1 TH IH0 NG; something=S AH1 M TH IH0 NG; water=W AO1 T ER0; river=R IH1 V ER0; never=N EH1 V ER0; ever=EH1 V ER0
    every=EH1 V R IY0; forever=F ER0 EH1 V ER0; clever=K L EH1 V ER0; seven=S EH1 V AH0 N; heaven=HH EH1 V AH0 N; eleven=IH0 L EH1 V AH0 N
    even=IY1 V IH0 N; evening=IY1 V N IH0 NG; over=OW1 V ER0; cover=K AH1 V ER0; discover=D IH0 S K AH1 V ER0; hover=HH AH1 V ER0
    shiver=SH IH1 V ER0; quiver=K W IH1 V ER0; deliver=D IH0 L IH1 V ER0; liver=L IH1 V ER0; silver=S IH1 L V ER0; sister=S IH1 S T ER0
    winter=W IH1 N T ER0; after=AE1 F T ER0; under=AH1 N D ER0; power=P AW1 ER0; tower=T AW1 ER0; flower flour=F L AW1 ER0
    hour our=AW1 ER0; shower=SH AW1 ER0; fire=F AY1 ER0; desire=D IH0 Z AY1 ER0; quiet=K W AY1 AH0 T; lion=L AY1 AH0 N; eyes=AY1 Z
    island=AY1 L AH0 N D; isle aisle=AY1 L; business=B IH1 Z N AH0 S; busy=B IH1 Z IY0; bury berry=B EH1 R IY0; buy by bye=B AY1
    guy=G AY1; guard=G AA1 R D; guess=G EH1 S; guest=G EH1 S T; guide=G AY1 D; guitar=G IH0 T AA1 R; build=B IH1 L D; built=B IH1 L T
    though=DH OW1; through threw=TH R UW1; thought=TH AO1 T; tough=T AH1 F; enough=IH0 N AH1 F; laugh=L AE1 F; laughter=L AE1 F T ER0
    daughter=D AO1 T ER0; height=HH AY1 T; eight ate=EY1 T; weight wait=W EY1 T; great=G R EY1 T; break brake=B R EY1 K; steak=S T EY1 K
    bear bare=B EH1 R; wear=W EH1 R; tear=T EH1 R; swear=S W EH1 R; pear pair=P EH1 R; prayer=P R EH1 R; early=ER1 L IY0; earth=ER1 TH
    learn=L ER1 N; pearl=P ER1 L; search=S ER1 CH; heard=HH ER1 D; beard=B IH1 R D; dead=D EH1 D; head=HH EH1 D; bread bred=B R EH1 D
    spread=S P R EH1 D; thread=TH R EH1 D; dread=D R EH1 D; tread=T R EH1 D; instead=IH0 N S T EH1 D; read=R EH1 D; lead=L IY1 D
    death=D EH1 TH; breath=B R EH1 TH; breathe=B R IY1 DH; health=HH EH1 L TH; wealth=W EH1 L TH; weather=W EH1 DH ER0
    feather=F EH1 DH ER0; leather=L EH1 DH ER0; heavy=HH EH1 V IY0; ready=R EH1 D IY0; steady=S T EH1 D IY0; already=AO0 L R EH1 D IY0
    pleasure=P L EH1 ZH ER0; treasure=T R EH1 ZH ER0; measure=M EH1 ZH ER0; dream=D R IY1 M; meant=M EH1 N T; dreamt=D R EH1 M T
    sweat=S W EH1 T; threat=TH R EH1 T; deaf=D EH1 F; field=F IY1 L D; music=M Y UW1 Z IH0 K; beauty=B Y UW1 T IY0
    beautiful=B Y UW1 T AH0 F AH0 L; school=S K UW1 L; shoe=SH UW1; shoes=SH UW1 Z; young=Y AH1 NG; country=K AH1 N T R IY0
    touch=T AH1 CH; trouble=T R AH1 B AH0 L; double=D AH1 B AH0 L; soul sole=S OW1 L; shoulder=SH OW1 L D ER0; four for=F AO1 R
    pour=P AO1 R; source=S AO1 R S; course=K AO1 R S; court=K AO1 R T; mourn=M AO1 R N; journey=JH ER1 N IY0; courage=K ER1 AH0 JH
    wound=W UW1 N D; group=G R UW1 P; soup=S UW1 P; youth=Y UW1 TH; truth=T R UW1 TH; fruit=F R UW1 T; suit=S UW1 T; ruin=R UW1 AH0 N
    pull=P UH1 L; full=F UH1 L; bull=B UH1 L; push=P UH1 SH; bush=B UH1 SH; put=P UH1 T; sure=SH UH1 R; sugar=SH UH1 G ER0; cry=K R AY1
    high=HH AY1; sigh=S AY1; die dye=D AY1; lie=L AY1; tie=T AY1; night knight=N AY1 T; know no=N OW1; known=N OW1 N; own=OW1 N
    grown=G R OW1 N; blown=B L OW1 N; shown=SH OW1 N; thrown throne=TH R OW1 N; flown=F L OW1 N; how=HH AW1; now=N AW1; cow=K AW1
    bow=B OW1; low=L OW1; row=R OW1; sow sew so=S OW1; brow=B R AW1; vow=V AW1; allow=AH0 L AW1; town=T AW1 N; down=D AW1 N
    shadow=SH AE1 D OW2; today=T AH0 D EY1; tonight=T AH0 N AY1 T; tomorrow=T AH0 M AA1 R OW2; together=T AH0 G EH1 DH ER0; away=AH0 W EY1
    always=AO1 L W EY2 Z; myself=M AY2 S EH1 L F; himself=HH IH0 M S EH1 L F; without=W IH0 TH AW1 T; within=W IH0 DH IH1 N; with=W IH1 DH
    into=IH1 N T UW0; unto=AH1 N T UW0; upon=AH0 P AA1 N; until=AH0 N T IH1 L; begin=B IH0 G IH1 N; began=B IH0 G AE1 N
    begun=B IH0 G AH1 N; mountain=M AW1 N T AH0 N; fountain=F AW1 N T AH0 N; captain=K AE1 P T AH0 N; certain=S ER1 T AH0 N
    curtain=K ER1 T AH0 N; bargain=B AA1 R G AH0 N; ocean=OW1 SH AH0 N; region=R IY1 JH AH0 N; million=M IH1 L Y AH0 N
    onion=AH1 N Y AH0 N; machine=M AH0 SH IY1 N; police=P AH0 L IY1 S; engine=EH1 N JH AH0 N; promise=P R AA1 M AH0 S
    paradise=P EH1 R AH0 D AY2 S; angel=EY1 N JH AH0 L; danger=D EY1 N JH ER0; stranger=S T R EY1 N JH ER0; change=CH EY1 N JH
    strange=S T R EY1 N JH; anger=AE1 NG G ER0; finger=F IH1 NG G ER0; hunger=HH AH1 NG G ER0; longer=L AO1 NG G ER0; singer=S IH1 NG ER0
    tongue=T AH1 NG; son sun=S AH1 N; ton=T AH1 N; month=M AH1 N TH; front=F R AH1 N T; money=M AH1 N IY0; honey=HH AH1 N IY0
    wonder=W AH1 N D ER0; company=K AH1 M P AH0 N IY0; comfort=K AH1 M F ER0 T; color=K AH1 L ER0; colour=K AH1 L ER0
    london=L AH1 N D AH0 N; oven=AH1 V AH0 N; wolf=W UH1 L F; climb=K L AY1 M; tomb=T UW1 M; comb=K OW1 M; bomb=B AA1 M; womb=W UW1 M
    roll role=R OW1 L; soldier=S OW1 L JH ER0; folk=F OW1 K; hold=HH OW1 L D; sword=S AO1 R D; broad=B R AO1 D; abroad=AH0 B R AO1 D
    swan=S W AA1 N; want=W AA1 N T; watch=W AA1 CH; wash=W AA1 SH; wander=W AA1 N D ER0; war wore=W AO1 R; warm=W AO1 R M; ward=W AO1 R D
    quarter=K W AO1 R T ER0; all=AO1 L; hall=HH AO1 L; half=HH AE1 F; calf=K AE1 F; salt=S AO1 L T; also=AO1 L S OW0
    almost=AO1 L M OW2 S T; alone=AH0 L OW1 N; along=AH0 L AO1 NG; garage=G ER0 AA1 ZH; ma mama=M AA1 M AH0; papa=P AA1 P AH0; pa=P AA1
    ah=AA1; la=L AA1; ha=HH AA1; oh owe=OW1; hey=HH EY1; they=DH EY1; key=K IY1; grey gray=G R EY1; obey=OW0 B EY1; valley=V AE1 L IY0
    me=M IY1; we=W IY1; he=HH IY1; she=SH IY1; be bee=B IY1; ye=Y IY1; idea=AY0 D IY1 AH0; real=R IY1 L; really=R IH1 L IY0
    theatre=TH IY1 AH0 T ER0; create=K R IY0 EY1 T; poem=P OW1 AH0 M; poet=P OW1 AH0 T; diamond=D AY1 M AH0 N D; giant=JH AY1 AH0 N T
    violet=V AY1 AH0 L AH0 T; violin=V AY2 AH0 L IH1 N; science=S AY1 AH0 N S; silence=S AY1 L AH0 N S; silent=S AY1 L AH0 N T
    spirit=S P IH1 R AH0 T; city=S IH1 T IY0; pretty=P R IH1 T IY0; body=B AA1 D IY0; baby=B EY1 B IY0; lady=L EY1 D IY0
    family=F AE1 M AH0 L IY0; holy=HH OW1 L IY0; july=JH UW2 L AY1; story=S T AO1 R IY0; glory=G L AO1 R IY0; sorry=S AA1 R IY0
    carry=K EH1 R IY0; marry merry mary=M EH1 R IY0; very=V EH1 R IY0; forest=F AO1 R AH0 S T; honest=AA1 N AH0 S T
    harvest=HH AA1 R V AH0 S T; interest=IH1 N T R AH0 S T; hundred=HH AH1 N D R AH0 D; naked=N EY1 K AH0 D; sacred=S EY1 K R AH0 D
    wicked=W IH1 K AH0 D; moment=M OW1 M AH0 N T; open=OW1 P AH0 N; broken=B R OW1 K AH0 N; garden=G AA1 R D AH0 N; golden=G OW1 L D AH0 N
    sudden=S AH1 D AH0 N; listen=L IH1 S AH0 N; often=AO1 F AH0 N; castle=K AE1 S AH0 L; whistle=W IH1 S AH0 L; answer=AE1 N S ER0
    muscle=M AH1 S AH0 L; little=L IH1 T AH0 L; hallelujah=HH AE2 L AH0 L UW1 Y AH0; christ=K R AY1 S T; jesus=JH IY1 Z AH0 S
    lord=L AO1 R D; god=G AA1 D; wind=W IH1 N D; behind=B IH0 HH AY1 N D; close=K L OW1 Z; alive=AH0 L AY1 V; arrive=ER0 AY1 V
    survive=S ER0 V AY1 V; revive=R IH0 V AY1 V; cities=S IH1 T IY0 Z; use=Y UW1 Z; lives=L IH1 V Z; wives=W AY1 V Z; us=AH1 S
    this=DH IH1 S; thus=DH AH1 S; yes=Y EH1 S; bus=B AH1 S; gas=G AE1 S; reply=R IH0 P L AY1; supply=S AH0 P L AY1; apply=AH0 P L AY1
    rely=R IH0 L AY1; worship=W ER1 SH AH0 P; tiger=T AY1 G ER0; eager=IY1 G ER0; proper=P R AA1 P ER0; consider=K AH0 N S IH1 D ER0
    nobody=N OW1 B AA2 D IY2; nowhere=N OW1 W EH2 R; surprise=S ER0 P R AY1 Z; sunrise=S AH1 N R AY2 Z; number=N AH1 M B ER0; nor=N AO1 R
    or=AO1 R; an=AE1 N; and=AE1 N D; than=DH AE1 N; then=DH EH1 N; bead=B IY1 D; plead=P L IY1 D; knead=N IY1 D; forward=F AO1 R W ER0 D
    coffee=K AA1 F IY0; yankee=Y AE1 NG K IY0; undone=AH0 N D AH1 N; england=IH1 NG G L AH0 N D; alas=AH0 L AE1 S; afar=AH0 F AA1 R
    foreign=F AO1 R AH0 N; maybe=M EY1 B IY0
    nineteen=N AY1 N T IY1 N; crooked=K R UH1 K AH0 D; rugged=R AH1 G AH0 D; ragged=R AE1 G AH0 D; wretched=R EH1 CH AH0 D
    villain=V IH1 L AH0 N; britain=B R IH1 T AH0 N; rescue=R EH1 S K Y UW0; safety=S EY1 F T IY0; ninety=N AY1 N T IY0
    christian=K R IH1 S CH AH0 N; can't=K AE1 N T; don't=D OW1 N T; won't=W OW1 N T; ain't=EY1 N T; aren't=AA1 R AH0 N T
    isn't=IH1 Z AH0 N T; wasn't=W AA1 Z AH0 N T; didn't=D IH1 D AH0 N T; couldn't=K UH1 D AH0 N T; wouldn't=W UH1 D AH0 N T
    doesn't=D AH1 Z AH0 N T; haven't=HH AE1 V AH0 N T; i'm=AY1 M; i'll=AY1 L; i've=AY1 V; i'd=AY1 D; we'll=W IY1 L; we're=W IY1 R
    he's=HH IY1 Z; it's its=IH1 T S; let's=L EH1 T S; that's=DH AE1 T S; o'er=AO1 R; ne'er=N EH1 R; e'er=EH1 R; gonna=G AA1 N AH0
    wanna=W AA1 N AH0; gotta=G AA1 T AH0; y'all=Y AO1 L
    """
}
