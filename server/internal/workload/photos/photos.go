// Package photos is what Graph does with the photos of users, groups, teams and contacts beyond
// its model.
//
// What is said of a photo follows from its bytes. Those who have smaller ones have them in all
// sizes that the image is large enough for.
//
// Rules say in brackets where they come from: REC was recorded, OBS is a real response that
// somebody quoted, DOC is documented.
package photos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	_ "image/gif" // photos may be ones
	"image/jpeg"
	_ "image/png" // likewise
	"net/http"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

const photoType = "microsoft.graph.profilePhoto"

// Behaviors returns that of photos.
func Behaviors() []*service.Behavior {
	return []*service.Behavior{{
		Type: photoType, Optional: true, Missing: missing, Virtual: virtual, Given: smaller,
		Key: func(text string) (string, bool) { return strings.ToUpper(text), text != "" },
		Order: []string{
			"@odata.mediaContentType", "@odata.mediaEtag", "id", "width", "height", // DOC profilephoto-get
		},
		Stream: stream, Remove: remove,
	}}
}

// sizes are those of photos in Microsoft 365. DOC profilephoto-get
var sizes = []int{48, 64, 96, 120, 240, 360, 432, 504, 648}

// missing tells apart who has no photo from sizes that nobody has. REC; contacts have the word of
// their mailbox
func missing(collection, key string) string {
	switch {
	case strings.Contains(collection, "/contacts/"):
		return ""
	case strings.HasSuffix(collection, "/photos") && !slices.ContainsFunc(sizes, func(n int) bool { return idOf(n, n) == key }):
		return "image-id-invalid"
	}
	return "image-not-found"
}

func idOf(width, height int) string { return fmt.Sprintf("%dX%d", width, height) } // DOC, in capitals

// bytesOf are those of the photo of a collection, which has it alone or in several sizes.
func bytesOf(r store.Reader, collection string) ([]byte, bool) {
	return r.Media(strings.TrimSuffix(collection, "s") + "/./$value")
}

// sizeOf is how large the image in bytes is; 1 and 1 if they are none that can be read (DOC of
// beta: as a size that is not there).
func sizeOf(data []byte) (width, height int) {
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return 1, 1
	}
	return config.Width, config.Height
}

// describe is what responses have of a photo.
func describe(data []byte, media string, width, height int) map[string]any {
	return map[string]any{
		"@odata.mediaContentType": media, "@odata.mediaEtag": fmt.Sprintf(`"%08X"`, crc32.ChecksumIEEE(data)),
		"id": idOf(width, height), "width": number(width), "height": number(height),
	}
}

func number(n int) json.Number { return json.Number(fmt.Sprint(n)) }

// virtual is the photo that bytes make.
func virtual(r store.Reader, collection, _ string) (record store.Record, exists bool) {
	if !strings.HasSuffix(collection, "/photo") {
		return record, false
	}
	data, exists := bytesOf(r, collection)
	if !exists {
		return record, false
	}
	width, height := sizeOf(data)
	var entity jsontext.Object
	properties := describe(data, http.DetectContentType(data), width, height)
	for _, name := range []string{"@odata.mediaContentType", "@odata.mediaEtag", "id", "width", "height"} {
		entity.Set(name, properties[name])
	}
	return store.Record{ID: ".", Type: photoType, JSON: jsontext.Append(nil, entity)}, true
}

// smaller are the sizes in which a photo can be had: not larger than it is. DOC
func smaller(r store.Reader, collection string) (all []map[string]any) {
	data, exists := bytesOf(r, collection)
	if !exists || !strings.HasSuffix(collection, "/photos") {
		return nil
	}
	width, height := sizeOf(data)
	for _, n := range sizes {
		if n <= min(width, height) && width*height <= maxPixels {
			all = append(all, describe(data, "image/jpeg", n, n))
		}
	}
	return all
}

// maxPixels is how many an image may have that is scaled.
const maxPixels = 1 << 24

// stream answers with the bytes of a photo: those that were put, or scaled to the size that was
// asked for, as JPEG (assumed: Exchange makes JPEG of all).
func stream(c *service.Call, e *service.Entity, property string) (res service.Response, done bool, err error) {
	collection := service.CollectionOf(e.Path)
	data, exists := bytesOf(c.Tx, collection)
	if property != "$value" || !exists || !strings.HasSuffix(collection, "/photos") {
		return res, false, nil
	}
	var n int
	_, _ = fmt.Sscanf(e.Key(), "%d", &n) // one of ours
	whole, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return res, false, service.Fail("image-not-found")
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, scaled(whole, n), nil); err != nil {
		panic("BUG: " + err.Error())
	}
	return service.Response{Status: http.StatusOK, ContentType: "image/jpeg", Body: b.Bytes()}, true, nil
}

// scaled is the middle of an image, in a square of n by n.
func scaled(whole image.Image, n int) image.Image {
	from := whole.Bounds()
	side := min(from.Dx(), from.Dy())
	left, top := from.Min.X+(from.Dx()-side)/2, from.Min.Y+(from.Dy()-side)/2
	square := image.NewRGBA(image.Rect(0, 0, n, n))
	for y := range n {
		for x := range n {
			square.Set(x, y, whole.At(left+x*side/n, top+y*side/n))
		}
	}
	return square
}

// remove removes the bytes of a photo, and with them all that there is of it.
func remove(c *service.Call) (bool, error) {
	e, err := c.Bound()
	if err != nil {
		return false, err
	}
	c.Tx.DeleteMedia(e.Path + "/$value")
	c.Tx.Delete(c.Collection(), e.Record.ID)
	return true, nil
}
