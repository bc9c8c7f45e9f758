package server

import (
	"cmp"
	"iter"
	"path"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// callerPlace is where the code stands that sent the request which is being
// answered, as file:line; "" if no frame tells. In process a request is answered
// on its sender's goroutine, so the stack knows, and nobody has to keep it for
// requests that break nothing.
//
// It is the nearest frame that is neither of graphmock, nor of the standard
// library, nor of a module that was downloaded or vendored, such as an SDK; if
// all are, the nearest of such a module.
func callerPlace() string {
	var pcs [256]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	return senderIn(func(yield func(runtime.Frame) bool) {
		for more := true; more; {
			var f runtime.Frame
			if f, more = frames.Next(); !yield(f) {
				return
			}
		}
	})
}

// senderIn finds the place in a stack, innermost frame first.
func senderIn(stack iter.Seq[runtime.Frame]) string {
	own := reflect.TypeFor[transport]().PkgPath()
	sent, place, dependency := false, "", ""
	for f := range stack {
		switch pkg := packageOf(f.Function); {
		case f.Function == own+".transport.RoundTrip":
			sent, place, dependency = true, "", "" // what is nearer is the server's
		case !sent || place != "" || pkg == own || pkg == own+"/graphtest" || isStandard(pkg):
		case !isDependency(f.File):
			place = placeOf(f)
		case dependency == "":
			dependency = placeOf(f)
		}
	}
	return cmp.Or(place, dependency)
}

// packageOf is the import path of a function's package.
func packageOf(function string) string {
	slash := strings.LastIndexByte(function, '/') + 1
	name, _, _ := strings.Cut(function[slash:], ".")
	return function[:slash] + name
}

// isStandard tells packages that can stand between a client and its transport:
// those of the standard library that call functions of others.
func isStandard(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return slices.Contains([]string{"bufio", "context", "internal", "io", "iter", "maps", "net", "reflect", "runtime", "slices", "sync", "testing"}, first)
}

// isDependency tells files of the module cache, whose folders have versions in
// their names, and of vendor folders.
func isDependency(file string) bool {
	return strings.Contains(file, "@v") || strings.Contains(file, "/vendor/")
}

func placeOf(f runtime.Frame) string { return path.Base(f.File) + ":" + strconv.Itoa(f.Line) }
