package files_test

import (
	"fmt"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/workload/files"
)

func TestParallelWritesOfListsLoseNothing(t *testing.T) {
	t.Parallel()
	c := servicetest.NewClient(t, openapi.Embedded().Tree(), files.Behaviors()...)
	if err := c.Seed("/sites", `{"id": "s1", "displayName": "Trails"}`); err != nil {
		t.Fatal(err)
	}
	c.Must(201, "POST", "/sites/s1/lists", `{"displayName": "Books"}`)
	const items = "/sites/s1/lists/Books/items"
	c.Must(201, "POST", items, `{"fields": {"Title": "Shared"}}`)
	c.Parallel(func(i int, c *servicetest.Client) {
		own := fmt.Sprint(items, "/", c.Try(201, "POST", items, fmt.Sprintf(`{"fields": {"Title": "%d"}}`, i))["id"])
		gone := c.Try(201, "POST", items, `{"fields": {"Title": "x"}}`)
		c.Try(200, "PATCH", own+"/fields", `{"Title": "changed"}`)
		c.Try(204, "DELETE", fmt.Sprint(items, "/", gone["id"]), "")
		c.Try(200, "PATCH", items+"/1/fields", fmt.Sprintf(`{"F%d": %d}`, i, i))
		c.Try(201, "POST", "/sites/s1/lists", fmt.Sprintf(`{"displayName": "List %d"}`, i))
	})
	changed := 0
	for _, text := range c.Known(items+"?$expand=fields", rowText) {
		if text == "changed <nil>" {
			changed++
		}
	}
	fields := c.Get(items + "/1/fields")
	for i := range 64 {
		if fmt.Sprint(fields[fmt.Sprint("F", i)]) != fmt.Sprint(i) {
			t.Errorf("field %d is %v", i, fields[fmt.Sprint("F", i)])
		}
	}
	if lists := len(c.Known("/sites/s1/lists", func(map[string]any) string { return "" })); changed != 64 || lists != 65 {
		t.Errorf("%d items, %d lists", changed, lists)
	}
}
