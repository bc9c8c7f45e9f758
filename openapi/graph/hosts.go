package graph

import (
	"slices"
	"strings"
)

// Hosts returns the hosts of Graph, those of the global and the national clouds.
func Hosts() []string {
	return []string{
		"graph.microsoft.com", "canary.graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us",
		"microsoftgraph.chinacloudapi.cn", "graph.microsoft.de",
	}
}

// IsHost reports whether host, without a port, is one of Hosts.
func IsHost(host string) bool { return slices.Contains(Hosts(), strings.ToLower(host)) }

// LoginHosts returns the hosts at which clients of Graph sign in, those of the global
// and the national clouds.
func LoginHosts() []string {
	return []string{
		"login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net",
		"login.microsoftonline.us", "login-us.microsoftonline.com", "login.usgovcloudapi.net",
		"login.partner.microsoftonline.cn", "login.chinacloudapi.cn", "login.microsoftonline.de",
	}
}

// IsLoginHost reports whether host, without a port, is one of LoginHosts.
func IsLoginHost(host string) bool { return slices.Contains(LoginHosts(), strings.ToLower(host)) }

// TransferHost is where the bytes of files are: at another host than Graph's own, to which
// clients must not send their tokens.
const TransferHost = "contoso-my.sharepoint.com"

// AttachmentHost is where the bytes of large attachments are sent to (DOC
// outlook-large-attachments).
const AttachmentHost = "outlook.office.com"

// AttachmentSessions begins the paths there.
const AttachmentSessions = "/api/v2.0/attachmentsessions/"

// IsTransferHost reports whether host, without a port, is TransferHost or AttachmentHost.
func IsTransferHost(host string) bool {
	return strings.EqualFold(host, TransferHost) || strings.EqualFold(host, AttachmentHost)
}

// TransferHostFor returns the host of the bytes at a path for a client that has reached Graph
// at another, each with its port. On the machine itself it is the other of its two names,
// so that clients take it for another host there as well.
func TransferHostFor(host, path string) string {
	name, port, hasPort := strings.Cut(host, ":")
	switch {
	case IsHost(name) && strings.HasPrefix(path, AttachmentSessions):
		return AttachmentHost
	case IsHost(name):
		return TransferHost
	case name == "localhost":
		name = "127.0.0.1"
	case name == "127.0.0.1":
		name = "localhost"
	default:
		return host
	}
	if hasPort {
		return name + ":" + port
	}
	return name
}

// AllHosts returns Hosts, LoginHosts, TransferHost and AttachmentHost.
func AllHosts() []string {
	return append(append(Hosts(), LoginHosts()...), TransferHost, AttachmentHost)
}

// CutVersion returns a path below the root of Graph's version that it begins with,
// /v1.0 or /beta: the path itself if it begins with none. The rest begins with a
// slash.
func CutVersion(path string) (rest string, found bool) {
	for _, version := range []string{"/v1.0", "/beta"} {
		if rest, ok := strings.CutPrefix(path, version); ok && strings.HasPrefix(rest, "/") {
			return rest, true
		}
	}
	return path, false
}

// CutRoot returns the path of a URL below the root of the service, however much of it
// is there: https://graph.microsoft.com/v1.0/users/1 and users/1 are /users/1.
func CutRoot(url string) string {
	if _, rest, ok := strings.Cut(url, "://"); ok {
		_, path, _ := strings.Cut(rest, "/")
		url = path
	}
	path := "/" + strings.TrimPrefix(url, "/")
	path, _, _ = strings.Cut(path, "?")
	path, _ = CutVersion(path)
	return CutOrganization(path)
}

// CutOrganization returns a path below the root of the service without the segment
// myorganization: the tenant of the caller, which some clients name as they did for Azure AD Graph.
func CutOrganization(path string) string {
	const organization = "/myorganization"
	if len(path) > len(organization) && path[len(organization)] == '/' && strings.EqualFold(path[:len(organization)], organization) {
		return path[len(organization):]
	}
	return path
}
