package main

import (
	"fmt"
	"io"
	"os"
)

// manyFiles is from where on reading files takes long enough to say how far it
// is.
const manyFiles = 50

// clearLine goes back to the start of a terminal's line and empties it.
const clearLine = "\r\033[K"

// progress says on a terminal how far reading files is; it is nil elsewhere.
func progress(w io.Writer) func(done, total int) { return progressOf(w, "reading files") }

// progressOf says on a terminal how far something is; it is nil elsewhere, for
// a pipe has no viewer.
func progressOf(w io.Writer, what string) func(done, total int) {
	f, ok := w.(*os.File)
	if !ok {
		return nil
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return progressLine(w, what)
}

// progressLine keeps one line up to date, and clears it at the end.
func progressLine(w io.Writer, what string) func(done, total int) {
	return func(done, total int) {
		switch {
		case total < manyFiles:
		case done == total:
			fmt.Fprint(w, clearLine)
		case done*100/total != (done-1)*100/total:
			fmt.Fprintf(w, "\r%s: %d of %d", what, done, total)
		}
	}
}
