package files_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server/internal/service/servicetest"
	"github.com/graphmock/graphmock/server/internal/workload/files"
)

// A naiveRow is an item of a list as the reference has it.
type naiveRow struct {
	title string
	pages int
}

func (row naiveRow) String() string { return fmt.Sprint(row.title, " ", row.pages) }

func rowText(e map[string]any) string {
	fields, _ := e["fields"].(map[string]any)
	return fmt.Sprintf("%v %v", fields["Title"], fields["Pages"])
}

// TestRandomLists writes items of a list and their fields at random. The items, those that a filter
// finds, and what a delta tells are what a naive list has; a number is never had again.
func TestRandomLists(t *testing.T) {
	servicetest.Random(t, 8_000, func(t *testing.T, r *rand.Rand, steps int) {
		c := servicetest.NewClient(t, openapi.Embedded().Tree(), files.Behaviors()...)
		if err := c.Seed("/sites", `{"id": "s1", "displayName": "Trails"}`); err != nil {
			t.Fatal(err)
		}
		c.Must(201, "POST", "/sites/s1/lists",
			`{"displayName": "Books", "columns": [{"name": "Pages", "number": {}, "indexed": true}]}`)
		const items = "/sites/s1/lists/Books/items"
		rows, highest := map[string]naiveRow{}, 0
		delta := servicetest.Follower{Link: items + "/delta?$expand=fields"}
		that := func(is func(naiveRow) bool) servicetest.Known {
			known := servicetest.Known{}
			for id, row := range rows {
				if is(row) {
					known[id] = row.String()
				}
			}
			return known
		}
		for step := range steps {
			c.Now += r.Int64N(3)
			id, row := servicetest.AnyOf(r, rows), naiveRow{fmt.Sprint("t", step), r.IntN(5)}
			switch kind := r.IntN(14); {
			case id == "" || kind < 4 && len(rows) < 12:
				made := c.Must(201, "POST", items, fmt.Sprintf(`{"fields": {"Title": %q, "Pages": %d}}`, row.title, row.pages))
				number, err := strconv.Atoi(made["id"].(string))
				if err != nil || number <= highest {
					t.Fatalf("step %d: it has the id %v after %d", step, made["id"], highest)
				}
				highest = number
				rows[made["id"].(string)] = row
			case kind < 9:
				if r.IntN(2) == 0 {
					row.title = rows[id].title
					c.Must(200, "PATCH", items+"/"+id+"/fields", fmt.Sprintf(`{"Pages": %d}`, row.pages))
				} else {
					c.Must(200, "PATCH", items+"/"+id+"/fields",
						fmt.Sprintf(`{"Title": %q, "Pages": %d}`, row.title, row.pages))
				}
				rows[id] = row
			case kind == 9:
				c.Refused("field-unknown", "PATCH", items+"/"+id+"/fields", `{"Colour": "red"}`)
			case kind < 12:
				c.Must(204, "DELETE", items+"/"+id, "")
				delete(rows, id)
				c.Refused("drive-item-not-found", "GET", items+"/"+id, "")
			default:
				what, all := fmt.Sprint("step ", step, ": "), that(func(naiveRow) bool { return true })
				c.Same(what+"items", c.Known(items+"?$expand=fields", rowText), all)
				found := c.Known(fmt.Sprint(items, "?$expand=fields&$filter=fields/Pages%20eq%20", row.pages), rowText)
				c.Same(what+"with pages", found, that(func(of naiveRow) bool { return of.pages == row.pages }))
				c.Same(what+"delta", delta.Follow(c, rowText), all)
			}
		}
	})
}
