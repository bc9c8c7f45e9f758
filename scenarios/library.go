package scenarios

import (
	"embed"
	"io/fs"
)

//go:embed library/*.yaml
var library embed.FS

// Library returns the scenarios that come with graphmock, one file each.
func Library() fs.FS {
	folder, err := fs.Sub(library, "library")
	if err != nil {
		panic("BUG: embedded library: " + err.Error())
	}
	return folder
}

//go:embed scenario.schema.json
var schemaJSON []byte

// Schema returns the JSON Schema (2020-12) of scenario files, for editors.
func Schema() []byte { return append([]byte(nil), schemaJSON...) }
