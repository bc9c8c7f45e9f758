package resource

import "testing"

func TestErrorsSayWhereAPathLeadsNowhere(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ path, at, segment, want string }{
		{"/usrs/1", "", "usrs", `the service has no entity set, singleton or function "usrs" (did you mean "users"?)`},
		{"/me/activites", "/me", "activites",
			`/me has no property, operation or derived type "activites" (did you mean "activities"?)`},
		{"/users/1/acitvities/2", "/users/{}", "acitvities",
			`/users/{} has no property, operation or derived type "acitvities" (did you mean "activities"?)`},
		{"/me/xyzzy", "/me", "xyzzy", `/me has no property, operation or derived type "xyzzy"`},
		{"/me/businessPhones/1", "/me/businessPhones", "1", `/me/businessPhones has no operation or derived type "1"`},
		{"/users/$cuont", "/users", "$cuont",
			`/users has no operation or derived type "$cuont" (did you mean "$count"?)`},
		{"/users/1/$count", "/users/{}", "$count", `/users/{} has no property, operation or derived type "$count"`},
		{"/groups/1/members/2/microsoft.graph.usr", "/groups/{}/members/{}", "microsoft.graph.usr",
			`/groups/{}/members/{} has no property, operation or derived type "microsoft.graph.usr" (did you mean ` +
				`"microsoft.graph.user"?)`},
		{"/users/$count/1", "/users/$count", "1", `"1" stands below /users/$count, which nothing can follow`},
		{"/me/sendMail/now", "/me/sendMail", "now", `"now" stands below /me/sendMail, which nothing can follow`},
		{"/me//messages", "/me", "", `the path has an empty segment below /me`},
		{"//me", "", "", `the path has an empty segment below the service`},
		{"/me/%zz", "/me", "%zz", `the segment "%zz" is escaped wrongly (a percent sign is written as %25)`},
		{"/me/messages('x", "/me", "messages('x",
			`/me has no property, operation or derived type "messages('x" (the parenthesis is not closed)`},
		{"/me/messages('x''')y')", "/me", "messages('x''')y')",
			`the parentheses of "messages('x''')y')" can't be read ` +
				`(write a key as ('id'), arguments as (name='value',other=1), and a quote in a text twice)`},
		{"/users('')", "", "users('')",
			`/users has no entity with the key ('') (the keys are (id) or (userPrincipalName))`},
		{"/applications(name='x')", "", "applications(name='x')",
			`/applications has no entity with the key (name='x') (the keys are (id) or (appId) or (uniqueName))`},
		{"/me('x')", "", "me('x')", `/me is no function and has no keys (leave out the parentheses)`},
		{"/me/displayName()", "/me", "displayName()",
			`/me/displayName is no function and has no keys (leave out the parentheses)`},
		{"/reports/getEmailActivityUserDetail(perod='D7')", "/reports", "getEmailActivityUserDetail(perod='D7')",
			`getEmailActivityUserDetail does not take the arguments (perod='D7') (it takes (date) or (period))`},
		{"/me/sendMail(message='x')", "/me", "sendMail(message='x')",
			`sendMail does not take the arguments (message='x') (it takes ())`},
	} {
		err := fails(t, graphTree(), row.path)
		if err.Error() != row.want || err.At.Template() != row.at || err.Segment != row.segment {
			t.Errorf("%s:\ngot  %s\n     at %q, segment %q\nwant %s", row.path, err, err.At.Template(),
				err.Segment, row.want)
		}
	}
}

func TestErrorsNameTheKeysOfSeveralProperties(t *testing.T) {
	t.Parallel()
	tree := smallTree(t)
	for path, want := range map[string]string{
		"/lines/1":             "the key of /lines has 2 properties (write it as (orderId={},number={}))",
		"/orders/1/lines('x')": "the key of /orders/{}/lines has 2 properties (write it as (orderId={},number={}))",
		"/lines(orderId='x')":  "/lines has no entity with the key (orderId='x') (the keys are (orderId,number))",
		"/orders(region='x')": "/orders has no entity with the key (region='x') (the keys are (id) or (code) " +
			"or (region,serial))",
		"/orders/1/lnes": `/orders/{} has no property, operation or derived type "lnes" (did you mean ` +
			`"lines"?)`,
		"/orders/1/address('x')":   "/orders/{}/address is no function and has no keys (leave out the parentheses)",
		"/orders/near(within='1')": "near does not take the arguments (within='1') (it takes (at,within))",
	} {
		if err := fails(t, tree, path); err.Error() != want {
			t.Errorf("%s:\ngot  %s\nwant %s", path, err, want)
		}
	}
}

func TestAnErrorComesWithThePathUpToIt(t *testing.T) {
	t.Parallel()
	p, err := graphTree().Parse("/users/1/messages/2/none/3")
	if err == nil || p.Template() != "/users/{}/messages/{}" || len(p.Values) != 2 || err.At != p.Node {
		t.Errorf("got %s %q, %v", p.Template(), p.Values, err)
	}
}
