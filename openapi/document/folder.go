package document

import "io/fs"

// Listable reports whether an entry of a folder can be read as a file. Pipes, sockets
// and devices can't: opening one may block for ever.
func Listable(d fs.DirEntry) bool {
	const never = fs.ModeDir | fs.ModeNamedPipe | fs.ModeSocket | fs.ModeDevice | fs.ModeCharDevice | fs.ModeIrregular
	return d.Type()&never == 0
}
