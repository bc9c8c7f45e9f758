package inprocess

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

// Sender returns where the code stands that sent the request, as file:line; "" if
// no frame tells. A request is handled on its sender's goroutine, so the stack
// knows, and nothing has to be kept for requests whose sender is never asked for.
//
// It is the nearest frame that is neither of the transport and its Own packages,
// nor of the standard library, nor of a module that was downloaded or vendored,
// such as an SDK; if all are, the nearest of such a module.
func (w *ResponseWriter) Sender() string {
	var pcs [256]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	return senderIn(w.transport.Own, func(yield func(runtime.Frame) bool) {
		for more := true; more; {
			var f runtime.Frame
			if f, more = frames.Next(); !yield(f) {
				return
			}
		}
	})
}

// senderIn finds the sender in a stack, innermost frame first.
func senderIn(own []string, stack iter.Seq[runtime.Frame]) string {
	transport := reflect.TypeFor[Transport]().PkgPath()
	sent, place, dependency := false, "", ""
	for f := range stack {
		switch pkg := packageOf(f.Function); {
		case f.Function == transport+".(*Transport).RoundTrip":
			sent, place, dependency = true, "", "" // what is nearer is the handler's
		case !sent || place != "" || pkg == transport || slices.Contains(own, pkg) || isStandard(pkg):
		case !isDependency(f.File):
			place = placeOf(f)
		case dependency == "":
			dependency = placeOf(f)
		}
	}
	return cmp.Or(place, dependency)
}

// packageOf returns the import path of a function's package.
func packageOf(function string) string {
	slash := strings.LastIndexByte(function, '/') + 1
	name, _, _ := strings.Cut(function[slash:], ".")
	return function[:slash] + name
}

// isStandard reports whether a package of the standard library can stand between a
// client and its transport: one that calls functions of others.
func isStandard(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	switch first {
	case "bufio", "context", "internal", "io", "iter", "maps", "net", "reflect", "runtime", "slices", "sync", "testing":
		return true
	}
	return false
}

// isDependency reports whether a file is of the module cache, whose folders have
// versions in their names, or of a vendor folder.
func isDependency(file string) bool {
	return strings.Contains(file, "@v") || strings.Contains(file, "/vendor/")
}

func placeOf(f runtime.Frame) string { return path.Base(f.File) + ":" + strconv.Itoa(f.Line) }
