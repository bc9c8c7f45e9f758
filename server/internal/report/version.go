package report

import "runtime/debug"

// module is graphmock's own.
const module = "github.com/graphmock/graphmock"

// Version is graphmock's, as far as the build of this program knows it: a version of its
// module, or "(devel)".
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(devel)"
	}
	version := info.Main.Version
	if info.Main.Path != module {
		version = ""
		for _, m := range info.Deps {
			if m.Path == module {
				version = m.Version
			}
		}
	}
	if version == "" {
		return "(devel)"
	}
	return version
}
