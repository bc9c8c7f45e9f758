package openapi

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// origins are where a document's servers are. Relative ones are nowhere.
type origins struct {
	list  []string // such as https://api.example.com, in the order of the document
	hosts []*regexp.Regexp
}

// variable is where a server's URL has the name of a variable.
var variable = regexp.MustCompile(`\{[^{}]*\}`)

// add adds a server. Its variables have their defaults in the list; any value of
// theirs makes a host of the service.
func (o *origins) add(s *openapi3.Server) {
	address := s.URL
	if strings.HasPrefix(address, "//") {
		address = "https:" + address
	}
	scheme, rest, absolute := strings.Cut(address, "://")
	if !absolute {
		return
	}
	host, _, _ := strings.Cut(rest, "/")
	value := func(name string) string {
		if v := s.Variables[strings.Trim(name, "{}")]; v != nil {
			return v.Default
		}
		return name
	}
	origin := variable.ReplaceAllStringFunc(scheme+"://"+host, value)
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return
	}
	pattern := ""
	for i, fixed := range variable.Split(host, -1) {
		if i > 0 {
			pattern += `[^/]+`
		}
		pattern += regexp.QuoteMeta(fixed)
	}
	any, err := regexp.Compile(`(?i)^` + pattern + `(:443|:80)?$`)
	if err != nil {
		return
	}
	o.list, o.hosts = append(o.list, origin), append(o.hosts, any)
}

// Origins returns the origins of the document's servers, such as
// https://api.example.com, in its order; none of servers that are relative.
func (c *Contract) Origins() []string { return append([]string(nil), c.origins.list...) }

// HasHost reports whether a host, as URLs have it, is that of one of the document's
// servers. Variables of a server may have any value.
func (c *Contract) HasHost(host string) bool {
	for _, each := range c.origins.hosts {
		if each.MatchString(host) {
			return true
		}
	}
	return false
}
