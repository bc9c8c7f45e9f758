package files

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// downloadLife is for how many milliseconds a URL to download from is taken: about an hour
// [DOC driveitem].
const downloadLife = 60 * 60 * 1000

// downloadURL is the annotation with such a URL.
const downloadURL = "@microsoft.graph.downloadUrl"

// annotate gives a file the URL that its bytes are at (DOC; gone where $select does not name
// it).
func annotate(c *service.Call, e *service.Entity) map[string]any {
	if e.Properties["file"] == nil {
		return nil
	}
	return map[string]any{downloadURL: downloadFrom(c, e, "")}
}

// downloadFrom is a URL at which the bytes of a file are for whoever has it, those of a
// version if it is named.
func downloadFrom(c *service.Call, e *service.Entity, version string) string {
	tag, _, _ := strings.Cut(strings.TrimPrefix(e.Text("eTag"), `"{`), "}")
	at := "/_layouts/15/download.aspx?UniqueId=" + url.QueryEscape(strings.ToLower(tag)) + "&Translate=false&ApiVersion=2.0"
	return c.TransferURL(at, service.Ticket{
		Transfer: "content", Type: driveItem, Path: e.Path, Part: version, Until: c.Now.MS + downloadLife,
	})
}

// stream redirects to the bytes of a file (DOC: 302, and ranges are for where it leads).
func stream(c *service.Call, e *service.Entity, property string) (res service.Response, done bool, err error) {
	if property != "content" {
		return res, false, nil
	}
	if e.Properties["file"] == nil {
		return res, false, service.Fail("not-a-file")
	}
	if err := checkFormat(c, e.Text("name")); err != nil {
		return res, false, err
	}
	if namesTag(c.IfNoneMatch, e) {
		return service.Response{Status: http.StatusNotModified}, true, nil
	}
	return service.Response{Status: http.StatusFound, Location: downloadFrom(c, e, "")}, true, nil
}

// namesTag reports whether the condition of a request names one of the tags of an item.
func namesTag(condition string, e *service.Entity) bool {
	return condition != "" && (strings.Contains(condition, e.Text("eTag")) || strings.Contains(condition, e.Text("cTag")))
}

// namesTags is namesTag for what is stored.
func namesTags(condition string, r *store.Record) bool {
	return namesTag(condition, &service.Entity{Properties: read(r.JSON)})
}

// convertible are the endings of what Graph converts, by the format (DOC get-content-format).
var convertible = map[string][]string{
	"pdf": strings.Fields("csv doc docx odp ods odt pot potm potx pps ppsx ppsxm ppt pptm pptx rtf xls xlsx " +
		"eml htm html md msg epub tif tiff"),
	"html": strings.Fields("loop fluid wbtx"),
	"jpg":  strings.Fields("3g2 3gp 3mf ai arw asf avi bas bmp cr2 crw dng gif heic heif jpeg jpg mov mp4 png psd svg tif tiff webp"),
	"glb":  strings.Fields("cool fbx obj ply stl 3mf"),
}

// checkFormat refuses to convert: a format that a file does not have is an error on Graph,
// and any other here.
func checkFormat(c *service.Call, name string) error {
	query, _ := url.ParseQuery(c.URLQuery)
	format := query.Get("format")
	switch {
	case format == "":
		return nil
	case !slices.Contains(convertible[strings.ToLower(format)], strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".")):
		return service.Fail("format-unsupported", "{type}", format)
	}
	return service.Fail("format-unknown", "{type}", format)
}

// download answers with the bytes of a file to whoever has the URL.
func download(c *service.Call, t *service.Ticket) (service.Response, error) {
	e, found := c.Get(t.Path)
	if !found {
		return service.Response{}, service.Fail("drive-item-not-found")
	}
	data, err := bytesOf(c, e, t.Part)
	if err != nil {
		return service.Response{}, err
	}
	res := c.ServeBytes(data, mediaType(e.Properties), e.Text("eTag"), e.Record.Modified)
	if res.Header != nil && res.Error == "" {
		res.Header.Set("Content-Disposition", `attachment; filename*=UTF-8''`+url.PathEscape(e.Text("name")))
	}
	return res, nil
}

// bytesOf returns the bytes of a file, or of a version of it.
func bytesOf(c *service.Call, e *service.Entity, version string) ([]byte, error) {
	at := e.Path + "/content"
	if version != "" {
		at = e.Path + "/versions/" + version + "/content"
	}
	data, found := c.Tx.Media(at)
	if first, _ := c.Tx.First(e.Path + "/versions"); version != "" && !found && (first.ID == "" || first.ID == version) {
		data, found = c.Tx.Media(e.Path + "/content") // of the present version
	}
	if !found && text(e.Properties["name"]) != "" && sizeOf(e.Properties) > 0 {
		return nil, service.Fail("drive-item-not-found") // fixtures that say what it is, and have no bytes
	}
	return data, nil
}
