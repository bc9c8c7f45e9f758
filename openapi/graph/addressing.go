package graph

import (
	"strings"

	"github.com/graphmock/graphmock/openapi/internal/blocktext"
)

// What Graph means by paths beside the rules of OData.

// ByPath returns the types of entities that have others below them which names lead to, as
// in /me/drive/root:/reports/q1.xlsx:/content and /sites/contoso.sharepoint.com:/teams/a
// (driveitem and site-getbypath pages).
func ByPath() []string { return []string{"microsoft.graph.driveItem", "microsoft.graph.site"} }

// AnyName returns the types that have properties of any name, each with the declared
// property that such a one is like: a thumbnail may be asked for by its size, as in
// /thumbnails/0/c300x400 (driveitem-list-thumbnails page).
func AnyName() map[string]string {
	return map[string]string{"microsoft.graph.thumbnailSet": "small"}
}

// IsDocumented reports whether Graph's table of permissions has a path, given as a template
// such as /me/messages/{}, as it stands. Some of these paths leave out the cast to a
// derived type, as Intune's and those of pages of sites do.
func IsDocumented(template string) bool {
	_, ok := blocktext.Find(v1Permissions, template, firstWord)
	return ok
}

// Documents reports whether Graph's table of permissions has an operation, so that it is
// there even if OData has no such method on a path of the kind.
func Documents(method, template string) bool {
	_, ok := permissionText(v1Permissions).find(method, template)
	return ok
}

// shownOnly are navigation properties, by name, with the type of entities that are only shown there
// and written elsewhere: the table of permissions has GET of them and no POST.
var shownOnly = map[string]string{
	"calendarView": "event", "instances": "event",
	"directReports": "directoryObject", "memberOf": "directoryObject",
	"transitiveMemberOf": "directoryObject", "transitiveMembers": "directoryObject",
}

// OnlyShows reports whether entities of a type are only shown in a navigation property.
func OnlyShows(name, typ string) bool {
	of, has := shownOnly[name]
	return has && typ == "microsoft.graph."+of
}

// IsWorkbook reports whether a type is a part of a workbook. Its functions may be called
// with POST as well, with the arguments in the body, and the ranges that they return may be
// changed (range pages; the table of permissions).
func IsWorkbook(typeName string) bool { return strings.HasPrefix(typeName, "microsoft.graph.workbook") }
