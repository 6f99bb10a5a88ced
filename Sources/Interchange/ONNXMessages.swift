internal import LanguageModel
internal import Models

/// The messages of an ONNX file that a model needs.
///
/// Numbers of fields and of enumeration values: `onnx/onnx.proto3` in https://github.com/onnx/onnx, which only ever adds to them.
enum ONNXMessages {
  enum ElementType: Int { case float = 1, int64 = 7 }

  /// A dimension of an input or output.
  enum Dimension {
    case fixed(Int)
    case named(String)
  }

  /// ModelProto.
  static func model(graph: ProtobufMessage, operatorSet: Int, metadata: [(String, String)]) -> ProtobufMessage {
    var model = ProtobufMessage()
    model.add(1, 8)  // ir_version
    model.add(2, "Refrain")  // producer_name
    model.add(7, graph)  // graph
    var set = ProtobufMessage()
    set.add(1, "")  // domain: the standard one
    set.add(2, operatorSet)  // version
    model.add(8, set)  // opset_import
    for (key, value) in metadata {
      var entry = ProtobufMessage()
      entry.add(1, key)  // key
      entry.add(2, value)  // value
      model.add(14, entry)  // metadata_props
    }
    return model
  }

  /// GraphProto.
  static func graph(
    name: String, nodes: [ProtobufMessage], initializers: [ProtobufMessage], inputs: [ProtobufMessage], outputs: [ProtobufMessage]
  ) -> ProtobufMessage {
    var graph = ProtobufMessage()
    for node in nodes { graph.add(1, node) }  // node
    graph.add(2, name)  // name
    for initializer in initializers { graph.add(5, initializer) }  // initializer
    for input in inputs { graph.add(11, input) }  // input
    for output in outputs { graph.add(12, output) }  // output
    return graph
  }

  /// The value of an attribute of a node.
  enum Attribute {
    case integer(Int)
    case integers([Int])
    /// A GraphProto, the body of a loop.
    case graph(ProtobufMessage)
  }

  /// NodeProto. The name of an input that is left out is empty.
  static func node(
    _ operation: String, inputs: [String], outputs: [String], attributes: [(name: String, value: Attribute)] = []
  ) -> ProtobufMessage {
    var node = ProtobufMessage()
    for input in inputs { node.add(1, input) }  // input
    for output in outputs { node.add(2, output) }  // output
    node.add(3, outputs.first { !$0.isEmpty } ?? operation)  // name
    node.add(4, operation)  // op_type
    for (name, value) in attributes {
      var attribute = ProtobufMessage()
      attribute.add(1, name)  // name
      switch value {
      case .integer(let value):
        attribute.add(3, value)  // i
        attribute.add(20, 2)  // type: INT
      case .graph(let graph):
        attribute.add(6, graph)  // g
        attribute.add(20, 5)  // type: GRAPH
      case .integers(let values):
        for value in values { attribute.add(8, value) }  // ints
        attribute.add(20, 7)  // type: INTS
      }
      node.add(5, attribute)  // attribute
    }
    return node
  }

  /// TensorProto of Floats, made of parts that lie one after the other.
  static func tensor(_ name: String, shape: [Int], parts: [SavedTensor]) -> ProtobufMessage {
    precondition(parts.reduce(0) { $0 + $1.byteCount } == 4 * shape.reduce(1, *), "the parts of \(name) are not \(shape)")
    var tensor = header(name, shape, .float)
    tensor.add(9, parts)  // raw_data
    return tensor
  }

  /// TensorProto of whole numbers from 0 up.
  static func tensor(_ name: String, _ values: [Int]) -> ProtobufMessage {
    var tensor = header(name, [values.count], .int64)
    for value in values { tensor.add(7, value) }  // int64_data
    return tensor
  }

  private static func header(_ name: String, _ shape: [Int], _ type: ElementType) -> ProtobufMessage {
    var tensor = ProtobufMessage()
    for size in shape { tensor.add(1, size) }  // dims
    tensor.add(2, type.rawValue)  // data_type
    tensor.add(8, name)  // name
    return tensor
  }

  /// ValueInfoProto of a tensor.
  static func value(_ name: String, _ type: ElementType, _ shape: [Dimension]) -> ProtobufMessage {
    var dimensions = ProtobufMessage()
    for size in shape {
      var dimension = ProtobufMessage()
      switch size {
      case .fixed(let size): dimension.add(1, size)  // dim_value
      case .named(let name): dimension.add(2, name)  // dim_param
      }
      dimensions.add(1, dimension)  // dim
    }
    var tensor = ProtobufMessage()
    tensor.add(1, type.rawValue)  // elem_type
    tensor.add(2, dimensions)  // shape
    var typed = ProtobufMessage()
    typed.add(1, tensor)  // tensor_type
    var value = ProtobufMessage()
    value.add(1, name)  // name
    value.add(2, typed)  // type
    return value
  }
}
