package files

import (
	"strings"

	"github.com/google/uuid"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// Every tenant has the site at the root of its host, and every group of Microsoft 365 a team site,
// whose library is the group's drive (DOC site-get, group; that their ids follow from the group's
// is assumed). They are there without having been stored.

const siteType = "microsoft.graph.site"

// defaultHost is that of tenants whose sites do not say another one.
const defaultHost = "contoso.sharepoint.com"

// maxTeamSites is how many team sites a list of all sites has (assumed: each can be read).
const maxTeamSites = 200

// hostOf is the host of the sites of a tenant.
func hostOf(r store.Reader) string {
	page, _, _ := r.Snapshot("sites").Page(r, store.Cursor{}, 1)
	for i := range page {
		host, _, _ := strings.Cut(strings.TrimPrefix(text(read(page[i].JSON)["webUrl"]), "https://"), "/")
		if strings.Contains(host, ".") {
			return host
		}
	}
	return defaultHost
}

// siteKey is the key of a site that nobody has created.
func siteKey(host string, of uuid.UUID) string {
	return host + "," + masked(of, 0xa5).String() + "," + masked(of, 0x5a).String()
}

// masked is a GUID that another one follows from, and is not equal to.
func masked(id uuid.UUID, by byte) uuid.UUID {
	for i := range id {
		id[i] ^= by
	}
	return id
}

// groupWith is the key of the group whose team site a key is that of, "" if it is another one.
func groupWith(key string) string {
	host, guids, _ := strings.Cut(key, ",")
	site, _, _ := strings.Cut(guids, ",")
	id, err := uuid.Parse(site)
	if err != nil {
		return ""
	}
	if id = masked(id, 0xa5); key != siteKey(host, id) {
		return ""
	}
	return id.String()
}

// rootSite is the site at the root of the tenant's host.
func rootSite(host string) map[string]any {
	return map[string]any{
		"id": siteKey(host, uuid.NewSHA1(uuid.NameSpaceDNS, []byte(host))), "displayName": "Communication site", "name": "",
		"webUrl": "https://" + host, "root": map[string]any{}, "siteCollection": map[string]any{"hostname": host},
		"createdDateTime": "2020-01-01T00:00:00Z", // assumed: long ago
	}
}

// teamSite is that of a group, nil of one that has none.
func teamSite(host, id string, group map[string]any) map[string]any {
	guid, err := uuid.Parse(id)
	kinds, _ := group["groupTypes"].([]any)
	unified := false
	for _, kind := range kinds {
		unified = unified || kind == "Unified"
	}
	if err != nil || !unified {
		return nil
	}
	site := map[string]any{
		"id": siteKey(host, guid), "displayName": group["displayName"], "name": group["mailNickname"],
		"webUrl": "https://" + host + "/sites/" + text(group["mailNickname"]),
		"root":   map[string]any{}, "siteCollection": map[string]any{"hostname": host},
	}
	for _, name := range []string{"createdDateTime", "description"} {
		if group[name] != nil {
			site[name] = group[name]
		}
	}
	return site
}

// virtualSite is a site that nobody has created.
func virtualSite(r store.Reader, collection, key string) (record store.Record, exists bool) {
	if collection != "sites" || !strings.Contains(key, ",") {
		return record, false
	}
	host := hostOf(r)
	site := rootSite(host)
	if site["id"] != key {
		id := groupWith(key)
		group, found := r.Get("groups", id)
		if !found {
			return record, false
		}
		if site = teamSite(host, id, read(group.JSON)); site == nil || site["id"] != key {
			return record, false
		}
	}
	var entity jsontext.Object
	for _, name := range siteOrder {
		if site[name] != nil {
			entity.Set(name, site[name])
		}
	}
	return store.Record{ID: service.IDOf(key), Type: siteType, JSON: jsontext.Append(nil, entity)}, true
}

// siteOrder is the order of a site's properties (DOC site-get).
var siteOrder = strings.Fields("createdDateTime description id lastModifiedDateTime name webUrl displayName root siteCollection")

// givenSites are those of the tenant, or of a group, that nobody has created.
func givenSites(r store.Reader, collection string) []map[string]any {
	owner, is := strings.CutSuffix(collection, "sites")
	switch owner = strings.Trim(owner, "/"); {
	case is && owner == "":
		host := hostOf(r)
		all := []map[string]any{rootSite(host)}
		groups, _, _ := r.Snapshot("groups").Page(r, store.Cursor{}, maxTeamSites)
		for i := range groups {
			if site := teamSite(host, service.KeyOf(groups[i].ID), read(groups[i].JSON)); site != nil {
				all = append(all, site)
			}
		}
		return all
	case is && strings.HasPrefix(owner, "groups/"):
		if group, found := service.Read(r, owner); found {
			if site := teamSite(hostOf(r), group.Key(), group.Properties); site != nil {
				return []map[string]any{site}
			}
		}
	}
	return nil
}

// givenSite is the path of a site that nobody has created, by its webUrl or below a group; "" if
// there is none.
func givenSite(r store.Reader, collection, url string) string {
	if nickname, is := strings.CutPrefix(url, "https://"+hostOf(r)+"/sites/"); is && collection == "sites" {
		group, found := r.Find("groups", "mailNickname", strings.ToLower(nickname))
		if site := teamSite(hostOf(r), service.KeyOf(group.ID), read(group.JSON)); found && site != nil {
			return "sites/" + text(site["id"])
		}
		return ""
	}
	for _, site := range givenSites(r, collection) {
		if url == "" || strings.EqualFold(text(site["webUrl"]), url) {
			return "sites/" + text(site["id"])
		}
	}
	return ""
}

// driveElsewhere is where a drive is: that of a team site is its group's.
func driveElsewhere(r store.Reader, collection, key string) string {
	if key != "." {
		return driveWith(r, key)
	}
	site, is := strings.CutPrefix(service.OwnerOf(collection), "sites/")
	if !is {
		return ""
	}
	if group := groupWith(service.KeyOf(site)); group != "" {
		if _, found := r.Get("groups", group); found {
			return "groups/" + group + "/drive"
		}
	}
	return ""
}
