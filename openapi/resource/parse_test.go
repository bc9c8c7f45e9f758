package resource

import (
	"slices"
	"strings"
	"testing"
)

func TestPathsOfGraphAreRead(t *testing.T) {
	t.Parallel()
	for _, want := range []reading{
		{"", "", Root, "GraphService", nil},
		{"/", "", Root, "GraphService", nil},
		{"/me", "/me", Navigation, "user", nil},
		{"me", "/me", Navigation, "user", nil},
		{"/me/", "/me", Navigation, "user", nil},
		{"/users", "/users", Navigation, "user*", nil},
		{"/users/1", "/users/{}", Key, "user", []string{"1"}},
		{"/users/1/", "/users/{}", Key, "user", []string{"1"}},
		{"/users/1/displayName", "/users/{}/displayName", Property, "Edm.String", []string{"1"}},
		{"/users/1/businessPhones", "/users/{}/businessPhones", Property, "Edm.String*", []string{"1"}},
		{"/me/mailboxSettings/timeZone", "/me/mailboxSettings/timeZone", Property, "Edm.String", nil},
		{"/me/activities/1/historyItems/2", "/me/activities/{}/historyItems/{}", Key, "activityHistoryItem",
			[]string{"1",
				"2"}},
		{"/me/activities/recent", "/me/activities/recent", Function, "userActivity*", nil},
		{"/users/delta", "/users/delta", Function, "user*", nil},
		{"/me/sendMail", "/me/sendMail", Action, "", nil},
		{"/me/messages/1/move", "/me/messages/{}/move", Action, "message", []string{"1"}},
		{"/users/1/manager", "/users/{}/manager", Navigation, "directoryObject", []string{"1"}},
		{"/security/alerts_v2/1", "/security/alerts_v2/{}", Key, "security.alert", []string{"1"}},
	} {
		want.check(t, graphTree())
	}
}

func TestNamesAreReadInAnyCase(t *testing.T) {
	t.Parallel()
	for path, other := range map[string]string{
		"/ME/Activities/1/HISTORYITEMS":                "/me/activities/1/historyItems",
		"/Me/activities/RECENT":                        "/me/activities/recent",
		"/users/1/DisplayName/$VALUE":                  "/users/1/displayName/$value",
		"/users/$Count":                                "/users/$count",
		"/groups/1/Members/2/$REF":                     "/groups/1/members/2/$ref",
		"/groups/1/members/MICROSOFT.graph.USER":       "/groups/1/members/microsoft.graph.user",
		"/Reports/GETEmailActivityCounts(PERIOD='D7')": "/reports/getEmailActivityCounts(period='D7')",
		"/applications(APPID='1')":                     "/applications(appId='1')",
	} {
		sameReading(t, graphTree(), path, other)
	}
}

// sameReading checks that two spellings of a path are the same node and values.
func sameReading(t *testing.T, tree *Tree, path, other string) {
	t.Helper()
	p, q := parse(t, tree, path), parse(t, tree, other)
	if p.Node != q.Node || !slices.Equal(p.Values, q.Values) {
		t.Errorf("%s is %s %q, %s is %s %q", path, p.Template(), p.Values, other, q.Template(), q.Values)
	}
}

func TestEverySpellingOfAnOperationIsOneNode(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"recent", "recent()", "microsoft.graph.recent", "microsoft.graph.recent()", "graph.recent", "graph.recent()",
		"Recent()", "MICROSOFT.GRAPH.RECENT", "Graph.Recent()", "recent%28%29",
	} {
		sameReading(t, graphTree(), "/me/activities/"+name, "/me/activities/recent")
	}
	for _, name := range []string{"sendMail", "sendMail()", "microsoft.graph.sendMail", "graph.sendmail"} {
		sameReading(t, graphTree(), "/me/"+name, "/me/sendMail")
	}
}

func TestCastsAreToDerivedTypesOnly(t *testing.T) {
	t.Parallel()
	for _, want := range []reading{
		{"/groups/1/members/microsoft.graph.user", "/groups/{}/members/microsoft.graph.user", Cast, "user*",
			[]string{"1"}},
		{"/groups/1/members/graph.user", "/groups/{}/members/microsoft.graph.user", Cast, "user*", []string{"1"}},
		{"/groups/1/members/microsoft.graph.user/2", "/groups/{}/members/microsoft.graph.user/{}", Key, "user",
			[]string{"1", "2"}},
		{"/groups/1/members/2/microsoft.graph.user", "/groups/{}/members/{}/microsoft.graph.user", Cast, "user",
			[]string{"1", "2"}},
		{"/groups/1/members/2/microsoft.graph.user/displayName",
			"/groups/{}/members/{}/microsoft.graph.user/displayName",
			Property, "Edm.String", []string{"1", "2"}},
		{"/groups/1/members/microsoft.graph.user/$count", "/groups/{}/members/microsoft.graph.user/$count",
			Count, "user",
			[]string{"1"}},
		{"/groups/1/members/microsoft.graph.user('2')", "/groups/{}/members/microsoft.graph.user/{}", Key, "user",
			[]string{"1", "2"}},
		{"/me/manager/microsoft.graph.user/mail", "/me/manager/microsoft.graph.user/mail", Property, "Edm.String", nil},
		// Without a type of that name it is a key.
		{"/users/microsoft.graph.group", "/users/{}", Key, "user", []string{"microsoft.graph.group"}},
		{"/users/microsoft.graph.directoryObject", "/users/{}", Key, "user",
			[]string{"microsoft.graph.directoryObject"}},
		{"/users/microsoft.graph.user", "/users/{}", Key, "user", []string{"microsoft.graph.user"}},
		{"/users/adele@contoso.com", "/users/{}", Key, "user", []string{"adele@contoso.com"}},
	} {
		want.check(t, graphTree())
	}
	for _, path := range []string{
		"/me/microsoft.graph.directoryObject", "/me/microsoft.graph.group", "/me/microsoft.graph.nothing",
		"/microsoft.graph.user",
		"/me/mailboxSettings/microsoft.graph.user", "/me/user",
	} {
		fails(t, graphTree(), path)
	}
}

func fails(t *testing.T, tree *Tree, path string) *Error {
	t.Helper()
	p, err := tree.Parse(path)
	if err == nil {
		t.Fatalf("%s is read as %s %q", path, p.Template(), p.Values)
	}
	return err
}

func TestSystemSegmentsStandWhereTheyMeanSomething(t *testing.T) {
	t.Parallel()
	for _, want := range []reading{
		{"/users/$count", "/users/$count", Count, "user", nil},
		{"/me/activities/$count", "/me/activities/$count", Count, "userActivity", nil},
		{"/me/businessPhones/$count", "/me/businessPhones/$count", Count, "Edm.String", nil},
		{"/groups/1/members/$ref", "/groups/{}/members/$ref", Ref, "directoryObject*", []string{"1"}},
		{"/groups/1/members/2/$ref", "/groups/{}/members/{}/$ref", Ref, "directoryObject", []string{"1", "2"}},
		{"/groups/1/members/microsoft.graph.user/$ref", "/groups/{}/members/microsoft.graph.user/$ref", Ref, "user*",
			[]string{"1"}},
		{"/users/1/manager/$ref", "/users/{}/manager/$ref", Ref, "directoryObject", []string{"1"}},
		{"/me/photo/$value", "/me/photo/$value", Value, "profilePhoto", nil},
		{"/me/messages/1/$value", "/me/messages/{}/$value", Value, "message", []string{"1"}},
		{"/me/displayName/$value", "/me/displayName/$value", Value, "Edm.String", nil},
	} {
		want.check(t, graphTree())
	}
	for _, path := range []string{
		"/$count", "/$ref", "/$value", "/$metadata", "/me/$count", "/users/1/$count", "/users/$value",
		"/me/mailboxSettings/$value",
		"/users/$ref", "/users/1/$ref", "/me/$ref", "/me/displayName/$ref", "/me/sendMail/$value", "/users/$nothing",
		"/users/$count/displayName", "/users/$count/$count", "/me/photo/$value/width", "/users/1/manager/$ref/id",
		"/groups/1/members/$ref/2", "/groups/1/members/$ref/$count",
	} {
		fails(t, graphTree(), path)
	}
}

func TestKeysAreReadInParentheses(t *testing.T) {
	t.Parallel()
	for path, key := range map[string]string{
		"/users('1')":                         "1",
		"/users(1)":                           "1",
		"/users(id='1')":                      "1",
		"/users(ID=1)":                        "1",
		"/Users('a b')":                       "a b",
		"/users('a%20b')":                     "a b",
		"/users('it''s')":                     "it's",
		"/users('''')":                        "'",
		"/users('a(b)c')":                     "a(b)c",
		"/users('a,b=c')":                     "a,b=c",
		"/users(a=b)":                         "", // no such key
		"/users('id=1')":                      "id=1",
		"/users%28%27x%27%29":                 "x",
		"/users%28'%28'%29":                   "(",
		"/users('a%2Fb')":                     "a/b",
		"/users(%27%2e%2e%27)":                "..",
		"/users('@x')":                        "@x",
		"/users(id='@x')":                     "@x",
		"/users('$count')":                    "$count",
		"/users('delta')":                     "delta",
		"/users(48d31887-5fad-4d73)":          "48d31887-5fad-4d73",
		"/users/48d31887-5fad-4d73":           "48d31887-5fad-4d73",
		"/users/it's":                         "it's",
		"/users/a(b)":                         "a(b)",
		"/users/(x)":                          "(x)",
		"/users/)":                            ")",
		"/users/('":                           "('",
		"/users/a%28b%29":                     "a(b)",
		"/users/{}":                           "{}",
		"/users/(userPrincipalName":           "(userPrincipalName",
		"/users/a%2Fb":                        "a/b",
		"/users/%24count":                     "", // read as $count
		"/users/..":                           "..",
		"/users/" + strings.Repeat("x", 5000): strings.Repeat("x", 5000),
		"/users/deltas":                       "deltas",
		"/users/microsoft.graph.deltas":       "microsoft.graph.deltas",
		"/users/.":                            ".",
		"/users/a.":                           "a.",
		"/users/.delta":                       ".delta",
		"/users/\u212Aey":                     "\u212Aey",
	} {
		p, err := graphTree().Parse(path)
		if key == "" {
			if err == nil && p.Kind == Key {
				t.Errorf("%s is read as %q", path, p.Values)
			}
			continue
		}
		if err != nil || p.Node != graphTree().Root().Child("users").Entity() ||
			!slices.Equal(p.Values, []string{key}) {
			t.Errorf("%s: got %q, %v, want %q", path, p.Values, err, key)
		}
	}
	sameReading(t, graphTree(), "/users('1')/messages('2')/attachments(3)", "/users/1/messages/2/attachments/3")
}

func TestAlternateKeysAreReadByName(t *testing.T) {
	t.Parallel()
	for _, want := range []reading{
		{"/applications(appId='x')", "/applications(appId={})", AlternateKey, "application", []string{"x"}},
		{"/applications(appId='x')/owners", "/applications(appId={})/owners", Navigation, "directoryObject*",
			[]string{"x"}},
		{"/applications(uniqueName='a''b')", "/applications(uniqueName={})", AlternateKey, "application",
			[]string{"a'b"}},
		{"/applications(appId=@a)", "/applications(appId={})", AlternateKey, "application", []string{"@a"}},
		{"/applications(appId='@a')", "/applications(appId={})", AlternateKey, "application", []string{"'@a'"}},
		{"/applications(id='x')", "/applications/{}", Key, "application", []string{"x"}},
		{"/users(userPrincipalName='a@contoso.com')/manager", "/users(userPrincipalName={})/manager", Navigation,
			"directoryObject",
			[]string{"a@contoso.com"}},
		{"/applications(uniqueName='a')/federatedIdentityCredentials(name='b')",
			"/applications(uniqueName={})/federatedIdentityCredentials(name={})", AlternateKey,
			"federatedIdentityCredential",
			[]string{"a", "b"}},
	} {
		want.check(t, graphTree())
	}
	for _, path := range []string{
		"/applications(displayName='x')", "/applications(appId='x',uniqueName='y')",
		"/applications(appId='x',appId='y')",
		"/applications(appId=)", "/applications(='x')", "/applications(id='')", "/applications(id=x'y')",
		"/applications(x'y')", "/applications('x'y)", "/applications('x','y')", "/applications()", "/me(id='x')",
		"/me('x')",
	} {
		fails(t, graphTree(), path)
	}
}

func TestKeysOfSeveralPropertiesAreReadByName(t *testing.T) {
	t.Parallel()
	tree := smallTree(t)
	for _, want := range []reading{
		{"/lines(orderId='a',number=2)", "/lines(orderId={},number={})", Key, "shop.line", []string{"a", "2"}},
		{"/lines(number=2,orderId='a')", "/lines(orderId={},number={})", Key, "shop.line", []string{"a", "2"}},
		{"/lines( Number = 2 , ORDERID = 'a' )/note", "/lines(orderId={},number={})/note", Property, "Edm.String",
			[]string{"a", "2"}},
		{"/orders/1/lines(orderId='a',number=2)", "/orders/{}/lines(orderId={},number={})", Key, "shop.line",
			[]string{"1",
				"a", "2"}},
		{"/orders(region='n',serial=4)", "/orders(region={},serial={})", AlternateKey, "shop.order",
			[]string{"n", "4"}},
		{"/orders(serial=4,region='n,(x')/id", "/orders(region={},serial={})/id", Property, "Edm.String",
			[]string{"n,(x",
				"4"}},
	} {
		want.check(t, tree)
	}
	for _, path := range []string{
		"/lines/1", "/lines('1')", "/lines(orderId='a')", "/lines(orderId='a',number=2,note='x')",
		"/lines(orderId='a',orderId='b')",
		"/lines('a',2)", "/lines(orderId='a',2)", "/orders(region='n')",
	} {
		fails(t, tree, path)
	}
}

func TestFunctionsAreChosenByTheirArguments(t *testing.T) {
	t.Parallel()
	for _, want := range []reading{
		{"/reports/getEmailActivityCounts(period='D7')", "/reports/getEmailActivityCounts(period={})", Function,
			"Edm.Stream", []string{"D7"}},
		{"/reports/getEmailActivityCounts(period=@p)", "/reports/getEmailActivityCounts(period={})", Function,
			"Edm.Stream",
			[]string{"@p"}},
		{"/reports/microsoft.graph.getEmailActivityUserDetail(date=2018-03-05)",
			"/reports/getEmailActivityUserDetail(date={})",
			Function, "Edm.Stream", []string{"2018-03-05"}},
		{"/reports/getEmailActivityUserDetail(period='D7')", "/reports/getEmailActivityUserDetail(period={})", Function,
			"Edm.Stream",
			[]string{"D7"}},
		{"/reports/getEmailActivityUserDetail", "/reports/getEmailActivityUserDetail", Function, "Edm.Stream", nil},
		{"/me/drive/items/1/workbook/worksheets/2/cell(row=5,column=6)",
			"/me/drive/items/{}/workbook/worksheets/{}/cell(row={},column={})",
			Function, "workbookRange", []string{"1", "2", "5", "6"}},
		{"/me/drive/items/1/workbook/worksheets/2/cell(column=6,row=5)",
			"/me/drive/items/{}/workbook/worksheets/{}/cell(row={},column={})",
			Function, "workbookRange", []string{"1", "2", "5", "6"}},
		{"/me/drive/items/1/workbook/worksheets/2/range(address='A1:B2')/format",
			"/me/drive/items/{}/workbook/worksheets/{}/range(address={})/format", Navigation, "workbookRangeFormat",
			[]string{"1", "2", "A1:B2"}},
		{"/me/drive/items/1/workbook/worksheets/2/range", "/me/drive/items/{}/workbook/worksheets/{}/range", Function,
			"workbookRange",
			[]string{"1", "2"}},
		{"/me/outlook/supportedTimeZones(TimeZoneStandard=microsoft.graph.timeZoneStandard'Iana')",
			"/me/outlook/supportedTimeZones(TimeZoneStandard={})", Function, "timeZoneInformation*",
			[]string{"microsoft.graph.timeZoneStandard'Iana'"}},
		{"/me/drive/root/search(q='a)%2C(b')", "/me/drive/root/search(q={})", Function, "driveItem*",
			[]string{"a),(b"}},
	} {
		want.check(t, graphTree())
	}
	for _, path := range []string{
		"/reports/getEmailActivityCounts(perod='D7')", "/reports/getEmailActivityCounts('D7')",
		"/reports/getEmailActivityCounts(period='D7)",
		"/reports/getEmailActivityCounts(period='D7',date=2018-03-05)", "/reports/getEmailActivityCounts(period='D7'",
		"/me/displayName()",
		"/me/sendMail(message='x')", "/me/messages()", "/me/drive/root/search(q='a'))", "/me/drive/root/search(q=,)",
		"/reports/getEmailActivityCounts(period='D7')/name",
	} {
		fails(t, graphTree(), path)
	}
}

func TestOperationsAreChosenByTypeAndNamespace(t *testing.T) {
	t.Parallel()
	tree := smallTree(t)
	for _, want := range []reading{
		{"/findOrders(state='new')", "/findOrders(state={})", Function, "shop.order*", []string{"new"}},
		{"/findOrders(top=3,state='new')/1", "/findOrders(state={},top={})/{}", Key, "shop.order",
			[]string{"new", "3", "1"}},
		{"/findorders(state='new')/$count", "/findOrders(state={})/$count", Count, "shop.order", []string{"new"}},
		{"/clear", "/clear", Action, "", nil},
		{"/orders/near(at='x')", "/orders/near(at={})", Function, "shop.order*", []string{"x"}},
		{"/orders/near(at='x',within=5)", "/orders/near(at={},within={})", Function, "shop.order*", []string{"x", "5"}},
		{"/orders/cheapest", "/orders/cheapest", Function, "shop.order", nil},
		{"/orders/1/total()", "/orders/{}/total", Function, "Edm.Int32", []string{"1"}},
		{"/orders/1/shop.depot.near(at='x')", "/orders/{}/near(at={})", Function, "shop.depot.wing*",
			[]string{"1", "x"}},
		{"/orders/1/near(at='x')", "/orders/{}/near(at={})", Function, "shop.depot.wing*", []string{"1", "x"}},
		{"/orders/1/shop.near(at='x')", "/orders/{}/shop.near(at={})", Function, "shop.order", []string{"1", "x"}},
		{"/orders/1/S.Near(at='x')", "/orders/{}/shop.near(at={})", Function, "shop.order", []string{"1", "x"}},
		{"/orders/1/self.near(at='x')", "/orders/{}/near(at={})", Function, "shop.depot.wing*", []string{"1", "x"}},
		{"/orders/1/State", "/orders/{}/State", Property, "Edm.String", []string{"1"}},
		{"/orders/1/state", "/orders/{}/state", Property, "Edm.Int32", []string{"1"}},
		{"/orders/1/shop.State", "/orders/{}/shop.State", Function, "Edm.String", []string{"1"}},
		{"/home/SELF.wing/name", "/home/shop.depot.wing/name", Property, "Edm.String", nil},
		{"/orders/1/address/shop.homeAddress/floor", "/orders/{}/address/shop.homeAddress/floor", Property, "Edm.Int32",
			[]string{"1"}},
		{"/orders/1/addresses/$count", "/orders/{}/addresses/$count", Count, "shop.address", []string{"1"}},
		{"/orders/1/addresses/s.homeaddress", "/orders/{}/addresses/shop.homeAddress", Cast, "shop.homeAddress*",
			[]string{"1"}},
		{"/orders/total", "/orders/{}", Key, "shop.order", []string{"total"}},
	} {
		want.check(t, tree)
	}
	for _, path := range []string{
		"/shop.findOrders(state='x')", "/findOrders(top=3)", "/clear()/x", "/orders/cheapest/code",
		"/orders/1/total/$value",
		"/orders/1/cheapest", "/orders/1/address/1", "/orders/1/addresses/1", "/orders/1/addresses('1')",
		"/orders/1/tags/x", "/orders/1/address/$value", "/orders/1/cancel/id", "/orders/1/other.near(at='x')",
	} {
		fails(t, tree, path)
	}
}

func TestTemplatesAreResolved(t *testing.T) {
	t.Parallel()
	for template, want := range map[string]string{
		"":                             "",
		"/":                            "",
		"/me/activities/{activity-id}": "/me/activities/{}",
		"/Users/{user-id}/activities/{a}/historyItems/{b}/":                             "/users/{}/activities/{}/historyItems/{}",
		"/users/{id}/microsoft.graph.sendMail":                                          "/users/{}/sendMail",
		"/me/activities/microsoft.graph.recent()":                                       "/me/activities/recent",
		"/groups/{id}/members/{id}/$ref":                                                "/groups/{}/members/{}/$ref",
		"/groups/{id}/members/graph.user/$count":                                        "/groups/{}/members/microsoft.graph.user/$count",
		"/applications(appId='{appId}')/owners":                                         "/applications(appId={})/owners",
		"/applications(appId={})":                                                       "/applications(appId={})",
		"/users('{id}')":                                                                "/users/{}",
		"/reports/getEmailActivityCounts(period='{period}')":                            "/reports/getEmailActivityCounts(period={})",
		"/me/drive/items/{id}/workbook/worksheets/{id}/cell(row={row},column={column})": "/me/drive/items/{}/workbook/worksheets/{}/cell(row={},column={})",
	} {
		n := graphTree().Resolve(template)
		if n == nil || n.Template() != want {
			t.Errorf("%s: got %v, want %s", template, n, want)
		} else if again := graphTree().Resolve(want); again != n {
			t.Errorf("%s: its own template is another node", want)
		}
	}
	for _, template := range []string{
		"/none", "/{id}", "/me/{id}", "/users/{id}.json", "/users/{a}{b}", "/users//{id}",
		"/reports/getEmailActivityCounts(date={x})",
		"/users/{id", "/users/{id}/none/{id}",
		// values would be in another order
		"/me/drive/items/{id}/workbook/worksheets/{id}/cell(column={column},row={row})",
	} {
		if n := graphTree().Resolve(template); n != nil {
			t.Errorf("%s is resolved as %s", template, n.Template())
		}
	}
	if n := smallTree(t).Resolve("/lines/{id}"); n != nil {
		t.Errorf("one value for two keys: %s", n.Template())
	}
}

func TestPathsAreBounded(t *testing.T) {
	t.Parallel()
	pair := "/manager/microsoft.graph.user"
	parse(t, graphTree(), "/me/manager"+strings.Repeat("/microsoft.graph.user/manager", 31))
	for _, path := range []string{
		"/me" + strings.Repeat(pair, 32), "/users" + strings.Repeat("/x", 64), strings.Repeat("/", 1000),
		strings.Repeat("/me", 1000),
	} {
		fails(t, graphTree(), path)
	}
	if err := fails(t, graphTree(),
		"/me"+strings.Repeat(pair, 32)); err.Message != "the path has more than 64 segments" {
		t.Error(err)
	}
}

// It does not run in parallel: other tests would count.
func TestParseAllocatesTheValuesOnly(t *testing.T) {
	for path, want := range map[string]float64{
		"/me/activities": 0, "/me/activities/recent": 0, "/users/$count": 0, "/ME/activities/$count": 1,
		// its name in lower case

		"/users/1": 1,
		"/users/48d31887-5fad-4d73-a9f5-3c356e68a038/mailFolders/AAMkADhAAAW-VPeAAA=/messages/AAMkADhAAATs28OAAA=": 1,
		"/users/adele@contoso.com": 1, "/users/" + strings.Repeat("A.", 200): 1,
	} {
		parse(t, graphTree(), path)
		if got := testing.AllocsPerRun(100, func() { graphTree().Parse(path) }); got != want {
			t.Errorf("%s: %v allocations, want %v", path, got, want)
		}
	}
}
