// Package callsite finds the line of a test from which something comes.
package callsite

import (
	"path"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A Site is where something comes from, each as file:line. Files are relative to
// the root of their module, such as sync/sync_test.go:41, or without a folder where
// the binary does not tell the module. The zero value is unknown.
type Site struct {
	Line string // the nearest line of a _test.go file; if there is none, of any code of the users'
	Via  string // the line of the users' code that is nearer than Line, if there is one
}

// Stack returns the frames of the calling goroutine, innermost first.
func Stack() []runtime.Frame {
	var pcs [256]uintptr
	n := runtime.Callers(2, pcs[:])
	if n == 0 {
		return nil
	}
	list := make([]runtime.Frame, 0, n)
	frames := runtime.CallersFrames(pcs[:n])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		list = append(list, f)
	}
	return list
}

// Of finds the site in a stack, innermost frame first. The users' code is neither of
// the packages that are given, nor of the standard library, nor of a module that was
// downloaded or vendored, such as an SDK; if all is, the nearest line of such a
// module has to do.
func Of(stack []runtime.Frame, except ...string) Site {
	modules := modulesOfBinary()
	code, dependency := "", ""
	for _, f := range stack {
		switch pkg := packageOf(f); {
		case slices.Contains(except, pkg) || isStandard(pkg):
		case isDependency(f.File):
			if dependency == "" {
				dependency = place(f, modules)
			}
		case strings.HasSuffix(f.File, "_test.go"):
			return Site{Line: place(f, modules), Via: code}
		case code == "":
			code = place(f, modules)
		}
	}
	if code == "" {
		code = dependency
	}
	return Site{Line: code}
}

// packageOf returns the import path of a frame's package. That of an external test,
// which ends in _test, differs from its folder's.
func packageOf(f runtime.Frame) string {
	slash := strings.LastIndexByte(f.Function, '/') + 1
	name, _, _ := strings.Cut(f.Function[slash:], ".")
	return f.Function[:slash] + name
}

// isStandard reports whether a package of the standard library can stand between
// the users' code and what it calls: one that calls functions of others.
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

// place returns a frame's file, relative to the module that has it, and line.
func place(f runtime.Frame, modules []string) string {
	file := path.Base(f.File)
	pkg := packageOf(f)
	if external := strings.TrimSuffix(pkg, "_test"); path.Base(pkg) != path.Base(path.Dir(f.File)) {
		pkg = external
	}
	for _, module := range modules {
		if below, ok := strings.CutPrefix(pkg, module+"/"); ok {
			file = below + "/" + file
			break
		}
	}
	return file + ":" + strconv.Itoa(f.Line)
}

// modulesOfBinary returns the paths of the modules that this binary is made of,
// longest first. It is what the linker has written, and never changes.
var modulesOfBinary = sync.OnceValue(func() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	var list []string
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if m.Path != "" {
			list = append(list, m.Path)
		}
	}
	slices.SortFunc(list, func(a, b string) int { return len(b) - len(a) })
	return list
})
