package auth

import (
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/graphmock/graphmock/openapi"
)

const (
	adaID = "11111111-1111-4111-8111-111111111111"
	bobID = "22222222-2222-4222-8222-22222222222b"
	appID = "33333333-3333-4333-8333-333333333333"
)

func twoUsers() *Directory {
	return NewDirectory("tenant").With(
		[]User{NewUser(adaID, "ada@contoso.com", "Ada"), NewUser(bobID, "bob@contoso.com", "Bob")},
		[]App{{ID: appID, DisplayName: "Reader"}})
}

func TestDirectoriesAreNotChanged(t *testing.T) {
	t.Parallel()
	// has room for more
	d := twoUsers().With([]User{NewUser("eve", "eve@contoso.com", "")}, []App{{ID: "x"}, {ID: "y"}})
	a := d.With([]User{NewUser("a", "a@contoso.com", "")}, []App{{ID: "a"}})
	b := d.With([]User{NewUser("b", "b@contoso.com", "")}, []App{{ID: "b"}})
	names := func(d *Directory) (names []string) {
		for u := range d.Users() {
			names = append(names, u.PrincipalName)
		}
		for app := range d.Apps() {
			names = append(names, app.ID)
		}
		return names
	}
	for _, test := range []struct {
		name      string
		got, want []string
	}{
		{"the first", names(d), []string{"ada@contoso.com", "bob@contoso.com", "eve@contoso.com", appID, "x", "y"}},
		{"one made of it", names(a),
			[]string{"ada@contoso.com", "bob@contoso.com", "eve@contoso.com", "a@contoso.com", appID, "x", "y", "a"}},
		{"another made of it", names(b),
			[]string{"ada@contoso.com", "bob@contoso.com", "eve@contoso.com", "b@contoso.com", appID, "x", "y", "b"}},
	} {
		if !slices.Equal(test.got, test.want) {
			t.Errorf("%s has %v, want %v", test.name, test.got, test.want)
		}
	}
}

func TestUsersAndAppsAreAddedOnce(t *testing.T) {
	t.Parallel()
	more := []User{NewUser(adaID, "ada@contoso.com", "Ada again"), NewUser(adaID, "renamed@contoso.com", "")}
	d := twoUsers().With(more, []App{{ID: appID}})
	users := slices.Collect(d.Users())
	if len(users) != 3 || users[0].DisplayName != "Ada" || users[2].PrincipalName != "renamed@contoso.com" {
		t.Errorf("users %+v", users)
	}
	if apps := slices.Collect(d.Apps()); len(apps) != 1 || apps[0].DisplayName != "Reader" {
		t.Errorf("apps %+v", apps)
	}
	if !d.HasUser("22222222-2222-4222-8222-22222222222B") || d.HasUser("ada@contoso.com") || d.HasUser("") {
		t.Error("HasUser does not go by id")
	}
}

func TestRememberedNamesOutliveWith(t *testing.T) {
	t.Parallel()
	d := twoUsers()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { d.Remember(NewUser("carol", "carol@contoso.com", "")) })
	}
	all.Wait()
	d.Remember(NewUser("carol", "someone-else@contoso.com", ""))
	for id, want := range map[string]string{"carol": "carol@contoso.com", adaID: "ada@contoso.com", "dave": "dave"} {
		if u := d.With(nil, nil).UserByID(id); u.ID != id || u.PrincipalName != want {
			t.Errorf("%s is %+v, want %s", id, u, want)
		}
	}
	if NewDirectory("tenant").UserByID("carol").PrincipalName != "carol" {
		t.Error("another directory knows the name")
	}
}

func TestFixturesNameUsersAndApps(t *testing.T) {
	t.Parallel()
	d := twoUsers()
	for name, want := range map[string]string{
		"": adaID, "BOB@contoso.com": bobID, "22222222-2222-4222-8222-22222222222B": bobID,
		"Eve@contoso.com": "eve@contoso.com",
	} {
		if got := d.UserByName(name).ID; got != want {
			t.Errorf("UserByName(%q): %q, want %q", name, got, want)
		}
	}
	if d.AppID("") != appID || d.AppID("ABC") != "abc" || NewDirectory("").AppID("") != defaultApp {
		t.Errorf("apps are %q, %q and %q", d.AppID(""), d.AppID("ABC"), NewDirectory("").AppID(""))
	}
}

func TestClaimsNameTheCaller(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		claims    claims
		user, app string
		appOnly   bool
	}{
		"nothing":      {claims{Scope: "a"}, adaID, appID, false},
		"a known name": {claims{Scope: "a", UPN: "Bob@contoso.com", AppID: "X"}, bobID, "x", false},
		"a known id": {claims{Scope: "a", ObjectID: bobID, UPN: "old-name@contoso.com"}, bobID,
			appID, false},
		"someone else": {claims{Scope: "a", ObjectID: "E", UPN: "eve@contoso.com"}, "e", appID, false},
		"someone without an id": {claims{Scope: "a", PreferredUsername: "Eve@contoso.com"}, "eve@contoso.com",
			appID, false},
		"an app": {claims{IDType: "app", ObjectID: bobID, AuthorizedParty: "Y"}, "", "y", true},
	} {
		c := twoUsers().callerFromClaims(&test.claims)
		if c.User.ID != test.user || c.App != test.app || c.AppOnly != test.appOnly || c.Tenant != "tenant" {
			t.Errorf("%s: %+v", name, c)
		}
		if want := test.claims.scopes(); !slices.Equal(c.Scopes, want) {
			t.Errorf("%s: scopes %v, want %v", name, c.Scopes, want)
		}
	}
}

func TestMintedTokensSayWhatWasAsked(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		options TokenOptions
		want    claims
		expires time.Duration
	}{
		"nothing": {TokenOptions{},
			claims{TenantID: "tenant", AppID: appID, ObjectID: adaID, UPN: "ada@contoso.com"}, time.Hour},
		"everything": {
			TokenOptions{User: bobID, App: "x", Tenant: "other", Scopes: []string{"a", "b"}, ExpiresIn: time.Minute},
			claims{TenantID: "other", AppID: "x", ObjectID: bobID, UPN: "bob@contoso.com", Scope: "a b"}, time.Minute,
		},
		"an expired one of an app": {TokenOptions{User: bobID, Scopes: []string{"a"}, AppOnly: true, ExpiresIn: -1},
			claims{TenantID: "tenant", AppID: appID, IDType: "app"}, -1},
	} {
		text, err := twoUsers().Token(test.options, now)
		if err != nil || verify(text, noKeys) != nil {
			t.Fatalf("%s: %q, %v", name, text, err)
		}
		got, err := parse(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		registered := got.RegisteredClaims
		test.want.Version, got.RegisteredClaims = "1.0", jwt.RegisteredClaims{}
		if !reflect.DeepEqual(*got, test.want) {
			t.Errorf("%s: %+v, want %+v", name, *got, test.want)
		}
		got.RegisteredClaims = registered
		if got.Issuer != "https://sts.windows.net/"+got.TenantID+"/" || !got.forGraph() || !got.NotBefore.Equal(now) ||
			!got.ExpiresAt.Equal(now.Add(test.expires).Truncate(time.Second)) {
			t.Errorf("%s: %+v", name, got.RegisteredClaims)
		}
	}
}

func TestScopesAreListedOnce(t *testing.T) {
	t.Parallel()
	if got := Scopes(openapi.Embedded()); !slices.Equal(got, []string{"UserActivity.ReadWrite.CreatedByApp"}) {
		t.Errorf("scopes of the embedded contract: %v", got)
	}
	if got := Scopes(contractOf(t, keyed)); !slices.Equal(got, []string{"User.Read"}) {
		t.Errorf("scopes of a contract without any: %v", got)
	}
}
