package server_test

import "testing"

// TestLinksThatCountAreBounded gives a client more next links than the coverage
// remembers: the last ones count when they are followed, the first does not.
func TestLinksThatCountAreBounded(t *testing.T) {
	t.Parallel()
	l := newLibrary(t)
	var links []string
	for range 1001 {
		page, _ := l.get("/v1.0/me/activities")
		links = append(links, page["@odata.nextLink"].(string))
	}
	followed := func(link string) int {
		get(t, l.Client(), link)
		return points(t, l.Server, "me.ListActivities")["nextLink followed"]
	}
	if n := followed(links[0]); n != 0 {
		t.Errorf("the first of %d links is still remembered", len(links))
	}
	if n := followed(links[len(links)-1]); n != 1 {
		t.Errorf("the last of %d links counts %d times, want once", len(links), n)
	}
}
