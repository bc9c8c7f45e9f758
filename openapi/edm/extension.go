package edm

import "regexp"

// IsDictionary reports whether what a type has is up to who uses it: it is open and
// declares nothing, or is the base of what apps store with an entity.
func (t *Type) IsDictionary() bool {
	return t.Open && (len(t.Properties()) == len(t.Key) || t.Name == "microsoft.graph.openTypeExtension")
}

// Names of the extensions that apps register for entities of open types: the metadata leaves
// them out.
const (
	DirectoryExtension = `^extension_[^_]+_`
	SchemaExtension    = `^[A-Za-z0-9]+_[A-Za-z0-9]+$`
)

var extensionName = regexp.MustCompile(DirectoryExtension + "|" + SchemaExtension)

// Admits reports whether a value of the type can have a property of a name that it does not
// declare. Entities are open for extensions only.
func (t *Type) Admits(name string) bool {
	return t.Open && (t.Kind != Entity || t.IsDictionary() || extensionName.MatchString(name))
}
