package files

import (
	"strings"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// following is the collection of the links to the items that the caller follows.
func following(c *service.Call) string { return "users/" + c.Caller.User.ID + "/drive/./following" }

// followed are the items that the owner of a drive follows (DOC drive-list-following).
func followed(r store.Reader, drive string) []string {
	links := r.Links(drive + "/following")
	paths, _, _ := links.Page(r, store.Cursor{}, max(links.Len(), 1))
	return paths
}

// follow answers with an item that the caller follows from now on (DOC driveitem-follow).
func follow(c *service.Call) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	c.Tx.Link(following(c), e.Path)
	return service.Result{Entity: e}, nil
}

func unfollow(c *service.Call) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	c.Tx.Unlink(following(c), e.Path)
	return service.Result{}, nil
}

// followSites links the sites of the body to the caller, and answers with them (DOC site-follow; that
// nothing is kept if one of them is not there is assumed). A site that exists from the start is stored first.
func followSites(c *service.Call) (service.Result, error) {
	sites, err := sitesIn(c)
	for _, site := range sites {
		if _, stored := c.Get(site.Path); !stored {
			c.Put(site)
		}
		c.Relink(service.StoredLink{Collection: c.Collection(), Target: site.Path})
	}
	return c.OrKnown(service.Result{Entities: sites, Context: "Collection(microsoft.graph.site)"}), err
}

// unfollowSites takes the links again: 204 (DOC site-unfollow).
func unfollowSites(c *service.Call) (service.Result, error) {
	sites, err := sitesIn(c)
	for _, site := range sites {
		c.Unlink(service.StoredLink{Collection: c.Collection(), Target: site.Path})
	}
	return service.Result{}, err
}

// sitesIn are the sites that a body names by their ids.
func sitesIn(c *service.Call) ([]*service.Entity, error) {
	all := []*service.Entity{}
	list, _ := c.Parameter("value").([]any)
	for _, each := range list {
		site, _ := each.(map[string]any)
		e, found := siteWith(c.Tx, text(site["id"]))
		if !found {
			return nil, service.Fail("site-not-found")
		}
		all = append(all, e)
	}
	return all, nil
}

// siteWith is the site with a key, whether it is stored or follows from its group.
func siteWith(r store.Reader, key string) (*service.Entity, bool) {
	if e, found := service.Read(r, "sites/"+service.IDOf(key)); found {
		return e, true
	}
	record, found := virtualSite(r, "sites", key)
	return &service.Entity{Path: "sites/" + record.ID, Type: siteType, Properties: read(record.JSON), Record: record}, found
}

// allSites answers with all sites, those that nobody has created as well (DOC site-getallsites; that
// users are told of them, too, is assumed).
func allSites(c *service.Call) (service.Result, error) {
	all := []*service.Entity{}
	c.EachGiven("sites", siteType, func(e *service.Entity) bool {
		all = append(all, e)
		return true
	})
	return c.OrKnown(service.Result{Entities: all, Context: "sites"}), nil
}

// siteByPath answers with the site at a path below another one (DOC site-getbypath).
func siteByPath(c *service.Call) (service.Result, error) {
	below, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	id, found := siteAt(c.Tx, "sites", below.Record.ID, strings.Trim(c.Argument("path"), "/"))
	if found {
		if e, found := siteWith(c.Tx, service.KeyOf(id)); found {
			return service.Result{Entity: e}, nil
		}
	}
	return service.Result{}, service.Fail("site-not-found")
}
