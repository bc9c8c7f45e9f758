package document

import "io/fs"

// Listable tells whether what a folder has can be a file of the folder's: pipes,
// sockets and devices can't, for whoever opens one may wait for ever.
func Listable(d fs.DirEntry) bool {
	const never = fs.ModeDir | fs.ModeNamedPipe | fs.ModeSocket | fs.ModeDevice | fs.ModeCharDevice | fs.ModeIrregular
	return d.Type()&never == 0
}
