package photos_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/workload/photos"
)

// picture is an image of one color.
func picture(t *testing.T, width, height int) string {
	t.Helper()
	var b bytes.Buffer
	whole := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.RGBA{200, 40, 40, 255}})
	if err := png.Encode(&b, whole); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAPhotoIsWhatItsBytesAre(t *testing.T) {
	t.Parallel()
	c := servicetest.NewClient(t, openapi.Embedded().Tree(), photos.Behaviors()...)
	c.Want("GET", "/me/photo", "", 0, "image-not-found")
	c.Want("GET", "/me/photos/48x48", "", 0, "image-not-found")
	c.Want("GET", "/me/photos/50x50", "", 0, "image-id-invalid")
	for _, tt := range []struct {
		width, height int
		id, sizes     string
	}{
		{240, 240, "240X240", "48X48 64X64 96X96 120X120 240X240"},
		{500, 100, "500X100", "48X48 64X64 96X96"},
		{1000, 1000, "1000X1000", "48X48 64X64 96X96 120X120 240X240 360X360 432X432 504X504 648X648"},
		{20, 20, "20X20", ""},
	} {
		data := picture(t, tt.width, tt.height)
		c.Want("PUT", "/me/photo/$value", data, 200, "")
		c.Want("GET", "/me/photo/$value", "", 200, data)
		photo := c.Get("/me/photo")
		if photo["id"] != tt.id || photo["@odata.mediaContentType"] != "image/png" || photo["@odata.mediaEtag"] == "" {
			t.Errorf("%s: %v", tt.id, photo)
		}
		if got := strings.Join(c.List("/me/photos", "id"), " "); got != tt.sizes {
			t.Errorf("%s: sizes %q, want %q", tt.id, got, tt.sizes)
		}
		if tt.sizes == "" {
			continue
		}
		res, _ := c.Serve("GET", "/me/photos/48x48/$value", "")
		small, kind, err := image.Decode(bytes.NewReader(res.Body))
		if err != nil || kind != "jpeg" || small.Bounds() != image.Rect(0, 0, 48, 48) {
			t.Fatalf("%s: the small one: %v %s %+v", tt.id, err, kind, res)
		}
		if r, g, _, _ := small.At(20, 20).RGBA(); r>>8 < 180 || g>>8 > 60 {
			t.Errorf("%s: the small one is of another color: %d %d", tt.id, r>>8, g>>8)
		}
	}
	c.Want("DELETE", "/me/photo/$value", "", 200, "")
	c.Want("GET", "/me/photo", "", 0, "image-not-found")
	c.Want("DELETE", "/me/photo/$value", "", 0, "image-not-found")
	c.Want("PUT", "/me/photo/$value", "no image", 200, "")
	if got := c.Get("/me/photo")["id"]; got != "1X1" {
		t.Errorf("of no image: %v", got)
	}
	c.Want("GET", "/me/contacts/x/photo", "", 0, "mailbox-item-not-found")
}
