package files

import (
	"encoding/base64"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

const permission = "microsoft.graph.permission"

// permissions is the behavior of who may do what with an item. Those of the folders above it
// count as well, and its owner's (DOC driveitem-list-permissions).
func permissions() *service.Behavior {
	return &service.Behavior{
		Type: permission, NotFound: "drive-item-not-found", Given: inheritedPermissions, Check: checkPermission,
		Order: strings.Fields("id roles grantedTo grantedToV2 grantedToIdentities grantedToIdentitiesV2 hasPassword " +
			"expirationDateTime inheritedFrom invitation link shareId"),
	}
}

// checkPermission refuses roles that there are not.
func checkPermission(_ *service.Call, w *service.Write) error {
	roles, _ := w.Sent["roles"].([]any)
	return checkRoles(roles)
}

func checkRoles(roles []any) error {
	for _, role := range roles {
		if !slices.Contains([]string{"read", "write", "owner", "fullcontrol", "sp.full control"}, text(role)) {
			return service.Fail("role-unknown", "{id}", text(role))
		}
	}
	return nil
}

// inheritedPermissions are those of the folders above an item, each with where it is from, and
// that of the drive's owner.
func inheritedPermissions(r store.Reader, collection string) (all []map[string]any) {
	item, found := service.Read(r, service.OwnerOf(collection))
	if !found || item.Type != driveItem {
		return nil
	}
	items := service.CollectionOf(item.Path)
	if drive, found := service.Read(r, service.OwnerOf(items)); found && drive.Properties["owner"] != nil {
		all = append(all, map[string]any{"id": "owner", "roles": []any{"owner"}, "grantedTo": drive.Properties["owner"],
			"grantedToV2": drive.Properties["owner"]})
	}
	for id := item.ParentOf(); id != ""; {
		above, found := service.Read(r, items+"/"+id)
		if !found {
			return all
		}
		in, _ := above.Properties["parentReference"].(map[string]any)
		for _, each := range permissionsOf(r, above.Path) {
			each.Properties["inheritedFrom"] = map[string]any{
				"driveId": in["driveId"], "id": above.Properties["id"], "path": text(in["path"]) + "/" + above.Text("name"),
			}
			all = append(all, each.Properties)
		}
		id = above.ParentOf()
	}
	return all
}

// permissionsOf are those that an item has of its own.
func permissionsOf(r store.Reader, item string) (all []*service.Entity) {
	at := item + "/permissions"
	page, _, _ := r.Snapshot(at).Page(r, store.Cursor{}, max(r.Len(at), 1))
	for i := range page {
		if e, found := service.Read(r, at+"/"+page[i].ID); found {
			all = append(all, e)
		}
	}
	return all
}

// showItem tells that an item is shared.
func showItem(r store.Reader, path string, item map[string]any) {
	if r.Len(path+"/permissions") == 0 {
		return
	}
	scope := "users"
	for _, each := range permissionsOf(r, path) {
		if link, _ := each.Properties["link"].(map[string]any); link != nil && link["scope"] != "users" {
			scope = text(link["scope"])
		}
	}
	item["shared"] = map[string]any{"scope": scope}
}

// createLink answers with a link to an item: a new one with 201, or the one of the kind that is
// there with 200 (DOC driveitem-createlink).
func createLink(c *service.Call) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	kind, scope := c.Text("type"), c.Text("scope")
	if kind == "" {
		kind = "view"
	}
	if scope == "" {
		scope = "organization" // the default is the tenant's [assumed]
	}
	if !slices.Contains([]string{"view", "edit", "embed"}, kind) || !slices.Contains([]string{"anonymous", "organization", "users"}, scope) {
		return service.Result{}, service.Fail("link-kind-unknown", "{id}", kind+", "+scope)
	}
	for _, each := range permissionsOf(c.Tx, e.Path) {
		if link, _ := each.Properties["link"].(map[string]any); link["type"] == kind && link["scope"] == scope {
			return service.Result{Entity: each, Status: http.StatusOK}, nil
		}
	}
	id := c.NewKey(permission)
	role := "read"
	if kind == "edit" {
		role = "write"
	}
	properties := map[string]any{
		"id": id, "roles": []any{role}, "shareId": shareID(id), "hasPassword": c.Text("password") != "",
		"link": map[string]any{"type": kind, "scope": scope, "webUrl": sharedURL(c.Tx, e, id), "preventsDownload": false},
	}
	if until := c.Parameter("expirationDateTime"); until != nil {
		properties["expirationDateTime"] = until
	}
	return service.Result{Entity: c.Create(e.Path+"/permissions", permission, properties), Status: http.StatusCreated}, nil
}

// sharedURL is the URL of a link, as SharePoint writes it: a letter says what it leads to, and then
// whose it is. rclone makes of it where the bytes are.
func sharedURL(r store.Reader, e *service.Entity, id string) string {
	letter := map[string]string{".docx": "w", ".xlsx": "x", ".pptx": "p", ".txt": "t", ".pdf": "b"}[path.Ext(e.Text("name"))]
	switch {
	case isFolder(e.Properties):
		letter = "f"
	case letter == "":
		letter = "u"
	}
	return "https://contoso" + sharedBy(r, service.OwnerOf(service.CollectionOf(e.Path)), letter) + "/E" +
		strings.ReplaceAll(id, "-", "")
}

// sharedBy is the part of a link about the owner of a drive: a user, a site or a team.
func sharedBy(r store.Reader, drive, letter string) string {
	at, _ := service.Read(r, drive)
	owner, _ := propertiesOf(at)["owner"].(map[string]any)
	by, _ := owner["user"].(map[string]any)
	user, isUser := service.Read(r, "users/"+text(by["id"]))
	if above, found := service.Read(r, service.OwnerOf(service.CollectionOf(drive))); !isUser && found {
		user, isUser = above, above.Type == "microsoft.graph.user"
		if _, name, is := strings.Cut(above.Text("webUrl"), ".sharepoint.com/sites/"); is {
			return ".sharepoint.com/:" + letter + ":/s/" + name
		}
		if _, name, is := strings.Cut(above.Text("webUrl"), ".sharepoint.com/teams/"); is {
			return ".sharepoint.com/:" + letter + ":/t/" + name
		}
	}
	if !isUser {
		return ".sharepoint.com/:" + letter + ":/g"
	}
	return "-my.sharepoint.com/:" + letter + ":/g/personal/" +
		strings.NewReplacer("@", "_", ".", "_").Replace(user.Text("userPrincipalName"))
}

func shareID(id string) string { return "s!" + base64.RawURLEncoding.EncodeToString([]byte(id)) }

// invite gives people permissions (DOC driveitem-invite: 200 with all of them). Who has one
// already has the new roles from then on.
func invite(c *service.Call) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	recipients, _ := c.Parameter("recipients").([]any)
	roles, _ := c.Parameter("roles").([]any)
	if len(recipients) == 0 || len(roles) == 0 {
		return service.Result{}, service.Fail("invitation-incomplete")
	}
	if err := checkRoles(roles); err != nil {
		return service.Result{}, err
	}
	made := []*service.Entity{}
	for _, each := range recipients {
		recipient, _ := each.(map[string]any)
		who, email := findUser(c, recipient)
		if who == nil {
			return service.Result{}, service.Fail("recipient-unknown", "{id}", email)
		}
		identity := map[string]any{"user": who}
		properties := map[string]any{"roles": roles, "grantedTo": identity, "grantedToV2": identity}
		if signIn, _ := c.Parameter("requireSignIn").(bool); email != "" {
			properties["invitation"] = map[string]any{"email": email, "signInRequired": signIn}
		}
		if until := c.Parameter("expirationDateTime"); until != nil {
			properties["expirationDateTime"] = until
		}
		for _, old := range permissionsOf(c.Tx, e.Path) {
			if old.Properties["invitation"] != nil && grantedTo(old.Properties)["id"] == who["id"] && who["id"] != nil {
				properties["id"] = old.Key()
				c.Delete(old.Path)
			}
		}
		made = append(made, c.Create(e.Path+"/permissions", permission, properties))
	}
	return service.Result{Entities: made, Context: "Collection(permission)"}, nil
}

// findUser returns the identity of somebody who is invited: of the tenant, or from elsewhere by
// an address.
func findUser(c *service.Call, recipient map[string]any) (identity map[string]any, email string) {
	email = text(recipient["email"])
	var user *service.Entity
	if id := text(recipient["objectId"]); id != "" {
		user, _ = c.Get("users/" + id)
	} else if email != "" {
		user, _ = c.Find("users", "userPrincipalName", strings.ToLower(email))
	}
	switch {
	case user != nil:
		if email == "" {
			email = user.Text("mail")
		}
		return map[string]any{"id": user.Key(), "displayName": user.Text("displayName"), "email": email}, email
	case email != "" && strings.Contains(email, "@"):
		return map[string]any{"displayName": email, "email": email}, email
	}
	return nil, email
}

func grantedTo(permission map[string]any) map[string]any {
	to, _ := permission["grantedToV2"].(map[string]any)
	user, _ := to["user"].(map[string]any)
	return user
}

// sharedWithMe answers the items of others that the caller was invited to (DOC
// drive-sharedwithme): each says where it is.
func sharedWithMe(c *service.Call) (service.Result, error) {
	found := []*service.Entity{}
	for _, collection := range c.Tx.Collections("") {
		at, is := strings.CutSuffix(collection, "/permissions")
		if !is || len(found) >= maxFound {
			continue
		}
		item, there := c.Get(at)
		if !there || item.Type != driveItem || !slices.ContainsFunc(permissionsOf(c.Tx, at), func(p *service.Entity) bool {
			return grantedTo(p.Properties)["id"] == c.Caller.User.ID
		}) {
			continue
		}
		remote := map[string]any{"shared": map[string]any{"scope": "users"}}
		for _, name := range strings.Fields("id name webUrl size file folder fileSystemInfo createdDateTime " +
			"lastModifiedDateTime createdBy lastModifiedBy parentReference") {
			if item.Properties[name] != nil {
				remote[name] = item.Properties[name]
			}
		}
		shown := maps.Clone(remote)
		delete(shown, "parentReference")
		delete(shown, "shared")
		shown["remoteItem"] = remote
		item.Record.JSON = jsontext.Append(nil, shown)
		found = append(found, item)
	}
	return service.Result{Entities: found, Context: "Collection(driveItem)"}, nil
}

// shares is the behavior of what sharing URLs lead to (DOC shares-get).
func shares() *service.Behavior {
	return &service.Behavior{
		Type: "microsoft.graph.sharedDriveItem", NotFound: "drive-item-not-found",
		Virtual: func(r store.Reader, _, key string) (record store.Record, found bool) {
			item := sharedItem(r, key)
			if item == nil {
				return record, false
			}
			share := jsontext.Object{
				{Name: "id", Value: key}, {Name: "name", Value: item.Properties["name"]}, {Name: "webUrl", Value: item.Properties["webUrl"]},
			}
			return store.Record{ID: key, Type: "microsoft.graph.sharedDriveItem", JSON: jsontext.Append(nil, share)}, true
		},
		Leads: map[string]func(r store.Reader, key string) string{
			"driveItem": func(r store.Reader, key string) string { return pathOf(sharedItem(r, key)) },
			"root":      func(r store.Reader, key string) string { return pathOf(sharedItem(r, key)) },
		},
	}
}

func pathOf(e *service.Entity) string {
	if e == nil {
		return ""
	}
	return e.Path
}

// sharedItem finds what a share is of: the key is the id of a link, or a URL, of a link or of an
// item, as shares-get has it: u! and the URL in base64url.
func sharedItem(r store.Reader, key string) *service.Entity {
	shared := ""
	if coded, is := strings.CutPrefix(key, "u!"); is {
		decoded, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(coded, "="))
		if err != nil {
			return nil
		}
		shared, _, _ = strings.Cut(string(decoded), "?")
	}
	for _, collection := range r.Collections("") {
		at, is := strings.CutSuffix(collection, "/permissions")
		if !is {
			continue
		}
		for _, each := range permissionsOf(r, at) {
			link, _ := each.Properties["link"].(map[string]any)
			if shared != "" && link["webUrl"] == shared || shared == "" && each.Properties["shareId"] == key {
				item, _ := service.Read(r, at)
				return item
			}
		}
	}
	if shared == "" {
		return nil
	}
	for _, collection := range r.Collections("") {
		if !strings.HasSuffix(collection, "/items") || !isDrive(strings.TrimSuffix(service.OwnerOf(collection), "/.")) {
			continue
		}
		all := r.Snapshot(collection)
		var at store.Cursor
		for more := all.Len() > 0; more; {
			var page []store.Record
			page, at, more = all.Page(r, at, 200)
			for i := range page {
				if read(page[i].JSON)["webUrl"] == shared {
					item, _ := service.Read(r, collection+"/"+page[i].ID)
					return item
				}
			}
		}
	}
	return nil
}

// preview answers with a URL that shows a file (DOC driveitem-preview); here it is the file.
func preview(c *service.Call) (service.Result, error) {
	e, err := c.Bound()
	if err != nil {
		return service.Result{}, err
	}
	if !isFile(e.Properties) {
		return service.Result{}, service.Fail("not-a-file")
	}
	return service.Result{Value: jsontext.Object{
		{Name: "getUrl", Value: downloadFrom(c, e, "")}, {Name: "postParameters"}, {Name: "postUrl"},
	}}, nil
}
