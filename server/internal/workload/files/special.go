package files

// specialFolders are where the special folders of a drive are (DOC drive-get-specialfolder; the
// names of the folder of an app, and of music and recordings, are assumed).
var specialFolders = map[string][]string{
	"documents": {"Documents"}, "photos": {"Pictures"}, "cameraroll": {"Pictures", "Camera Roll"}, "music": {"Music"},
	"approot": {"Apps", "Graph"}, "recordings": {"Recordings"}, "attachments": {"Attachments"},
}

func special(key string) (names []string, ok bool) {
	names, ok = specialFolders[key]
	return append([]string(nil), names...), ok
}

func markSpecial(item map[string]any, key string) {
	item["specialFolder"] = map[string]any{"name": key}
}
