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

// AllHosts returns Hosts and LoginHosts.
func AllHosts() []string { return append(Hosts(), LoginHosts()...) }

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
	return path
}
