package edm

// PrimitiveKind tells the primitive types apart.
type PrimitiveKind uint8

// The primitive types. Untyped is Edm.Untyped and Edm.PrimitiveType, of which
// values may be of any.
const (
	Untyped PrimitiveKind = iota
	Binary
	Boolean
	Byte
	Date
	DateTimeOffset
	Decimal
	Double
	Duration
	Guid
	Int16
	Int32
	Int64
	SByte
	Single
	Stream
	String
	TimeOfDay
)

// primitiveNames are the names of the primitive types without their prefix.
func primitiveNames() [18]string {
	return [...]string{"Untyped", "Binary", "Boolean", "Byte", "Date", "DateTimeOffset", "Decimal", "Double", "Duration",
		"Guid", "Int16", "Int32", "Int64", "SByte", "Single", "Stream", "String", "TimeOfDay"}
}

// String returns the name of the type without its prefix, such as Int32.
func (p PrimitiveKind) String() string { return primitiveNames()[p] }

// IsInteger reports whether the values are whole numbers.
func (p PrimitiveKind) IsInteger() bool {
	switch p {
	case Byte, SByte, Int16, Int32, Int64:
		return true
	}
	return false
}

// anyPrimitive is the other name of Untyped.
const anyPrimitive = "PrimitiveType"

// parsePrimitive finds a primitive type by its name without prefix.
func parsePrimitive(name string) (PrimitiveKind, bool) {
	for i, known := range primitiveNames() {
		if name == known {
			return PrimitiveKind(i), true
		}
	}
	return Untyped, name == anyPrimitive
}
