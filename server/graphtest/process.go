package graphtest

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"
)

// process is what a test binary was when it began: a test may change its working
// folder, and a synctest bubble has a time of its own.
var process = struct {
	started time.Time
	root    string // the folder of the module's go.mod, or the working folder
	pkg     string // the package that is tested, below the module's path
}{time.Now(), moduleRoot(), packageUnderTest()}

// moduleRoot returns the nearest folder at or above the working folder that has a
// go.mod: go test starts a test binary in the folder of its package, and does not tell
// where it was started itself.
func moduleRoot() string {
	start, err := os.Getwd()
	if err != nil {
		return ""
	}
	for folder := start; ; folder = filepath.Dir(folder) {
		if info, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil && info.Mode().IsRegular() {
			return folder
		}
		if folder == filepath.Dir(folder) {
			return start
		}
	}
}

// packageUnderTest returns the path of the package below the module's: sync/activities,
// "" for that at the root.
func packageUnderTest() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return strings.TrimPrefix(strings.TrimPrefix(strings.TrimSuffix(info.Path, ".test"), info.Main.Path), "/")
}

// runFolder returns the folder that all test binaries of one run of go test are in,
// which go test deletes at its end; "" for a binary that something else has built.
func runFolder() string {
	binary, err := os.Executable()
	if err != nil {
		return ""
	}
	if folder := filepath.Dir(filepath.Dir(binary)); strings.HasPrefix(filepath.Base(folder), "go-build") {
		return folder
	}
	return ""
}
