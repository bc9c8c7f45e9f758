// Package edm is the model of a service, as OData's Entity Data Model has it:
// types with their properties, and the operations that are bound to them.
//
// A [Model] is made of a text that names one declaration a line, or of
// [Declarations] that are built in Go. Package csdl reads and writes $metadata.
//
// # Text
//
// Goals: it is read by people and compared by diff, and a type in it is found and
// read without reading the others. Non-goals: prose, and all that CSDL can say.
//
//	# Comments stand before everything else.
//	namespace microsoft.graph
//	alias graph microsoft.graph
//	container GraphService
//	 set users user
//	  bind manager directoryObjects
//	 one me user
//	 import reset resetAll users
//	 action resetAll(hard Boolean)
//	complex identity open
//	 prop displayName String?
//	entity directoryObject abstract
//	 key id
//	 prop deletedDateTime DateTimeOffset?
//	 prop id String readonly
//	entity user : directoryObject
//	 altkey userPrincipalName
//	 prop businessPhones String*
//	 inherited deletedDateTime selectonly filter=eq,ge,le
//	 prop userPrincipalName String? maxlength=113 required Core.Immutable=true
//	 nav activities userActivity* contained
//	 nav manager directoryObject? partner=directReports
//	 action assignLicense(add assignedLicense*, remove Guid*) -> user?
//	 function* delta() -> user* composable
//	enum status flags
//	 active 0
//
// The container comes first, then the types in the order of their names. Members
// are indented. A name is one of the namespace at the top, or of a namespace in
// it, such as security.alert; it reads the same in every place. Any other name is
// whole and begins with a dot. Primitive types have no prefix. After a type, ?
// means that values may be null, and * a collection of them: String?* has strings
// and nulls. An action* or function* is bound to a collection of the type that it
// stands in; the binding parameter is not written, unless its name is unusual.
// Inherited tells more of a property of a base type.
// What follows is words and key=value attributes; a key with a dot or a capital
// letter is a fact, and its value JSON.
package edm
