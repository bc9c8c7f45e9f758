package files

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// thumbnailSizes are the longest sides of the usual thumbnails (DOC thumbnailset).
var thumbnailSizes = map[string]int{"small": 96, "medium": 176, "large": 800}

// thumbnails is the behavior of the pictures that stand for a file. They are plain squares
// here; files of types that Graph draws nothing for have none.
func thumbnails() *service.Behavior {
	return &service.Behavior{
		Type: "microsoft.graph.thumbnailSet", NotFound: "drive-item-not-found", Given: onlyThumbnails,
		Annotate: thumbnailURLs, Stream: thumbnailStream,
	}
}

func onlyThumbnails(r store.Reader, collection string) []map[string]any {
	item, found := service.Read(r, service.OwnerOf(collection))
	if !found || !isDrawn(item.Properties) {
		return nil
	}
	return []map[string]any{{"id": "0"}}
}

// isDrawn reports whether there are pictures of a file: of images, videos and documents of
// Office.
func isDrawn(item map[string]any) bool {
	media := mediaType(item)
	return strings.HasPrefix(media, "image/") || strings.HasPrefix(media, "video/") || media == "application/pdf" ||
		strings.Contains(media, "officedocument")
}

func thumbnailURLs(c *service.Call, e *service.Entity) map[string]any {
	all := map[string]any{}
	for name, size := range thumbnailSizes {
		all[name] = map[string]any{"height": number(size), "width": number(size), "url": thumbnailAt(c, e, size, size)}
	}
	return all
}

func thumbnailAt(c *service.Call, e *service.Entity, width, height int) string {
	return c.TransferURL("/_layouts/15/thumbnail.aspx?width="+strconv.Itoa(width)+"&height="+strconv.Itoa(height),
		service.Ticket{Transfer: "thumbnail", Type: driveItem, Path: service.OwnerOf(service.CollectionOf(e.Path)),
			Part: strconv.Itoa(width) + "x" + strconv.Itoa(height), Until: c.Now.MS + downloadLife})
}

// customSize is a size that a client chooses, such as c300x400_crop.
var customSize = regexp.MustCompile(`^c([0-9]{1,4})x([0-9]{1,4})(_crop|_Crop)?$`)

// thumbnailStream redirects to a picture (DOC driveitem-list-thumbnails: 302).
func thumbnailStream(c *service.Call, e *service.Entity, property string) (res service.Response, done bool, err error) {
	if property != "content" {
		return res, false, nil
	}
	name := c.SegmentAbove()
	width := thumbnailSizes[name]
	height := width
	if custom := customSize.FindStringSubmatch(name); custom != nil {
		width, _ = strconv.Atoi(custom[1])
		height, _ = strconv.Atoi(custom[2])
	}
	if width <= 0 || height <= 0 {
		return res, false, service.Fail("drive-item-not-found")
	}
	return service.Response{Status: http.StatusFound, Location: thumbnailAt(c, e, width, height)}, true, nil
}

// thumbnail answers with a picture: a square of a color that its file gives.
func thumbnail(c *service.Call, t *service.Ticket) (service.Response, error) {
	e, found := c.Get(t.Path)
	query, _ := url.ParseQuery(c.URLQuery)
	width, _ := strconv.Atoi(query.Get("width"))
	height, _ := strconv.Atoi(query.Get("height"))
	if !found || t.Part != query.Get("width")+"x"+query.Get("height") {
		return service.Response{}, service.Fail("drive-item-not-found")
	}
	shade := byte(0)
	for _, b := range []byte(e.Text("cTag")) {
		shade = shade*31 + b
	}
	picture := image.NewPaletted(image.Rect(0, 0, min(width, 4096), min(height, 4096)), color.Palette{color.RGBA{shade, 96, 160, 255}})
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		panic("BUG: " + err.Error())
	}
	return c.ServeBytes(b.Bytes(), "image/png", "", e.Record.Modified), nil
}
