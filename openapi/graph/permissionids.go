package graph

import (
	_ "embed"
	"strings"
	"sync"
)

// v1PermissionIDs has a line for each permission that Graph's service principal has, in the order
// of their names:
//
//	Name ID-of-the-role ID-of-the-scope [admin]
//
// A dash stands for no id.
//
//go:embed v1.0.permissionids
var v1PermissionIDs string

// A PermissionID says by which ids apps ask for a permission, and get it.
type PermissionID struct {
	Name        string
	Application string // the id of the role; "" if apps can't have it for themselves
	Delegated   string // the id of the scope; "" if they can't have it for users
	Admin       bool   // only an administrator consents to the scope
}

// PermissionIDs returns those of all permissions, in the order of their names. The slice is not to
// be changed.
func PermissionIDs() []PermissionID { return permissionIDs() }

var permissionIDs = sync.OnceValue(func() (all []PermissionID) {
	for line := range strings.Lines(v1PermissionIDs) {
		if words := strings.Fields(line); words[0] != "#" {
			all = append(all, PermissionID{
				Name: words[0], Application: strings.Trim(words[1], "-"), Delegated: strings.Trim(words[2], "-"),
				Admin: len(words) > 3,
			})
		}
	}
	return all
})
