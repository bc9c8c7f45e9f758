package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/regular"
	"github.com/graphmock/graphmock/server/internal/har"
	"github.com/graphmock/graphmock/server/internal/report"
)

func readHAR(name string, visit func(har.Entry) error) (har.About, error) {
	f, err := regular.Open(name, har.MaxSize)
	if err != nil {
		return har.About{}, err
	}
	defer f.Close()
	return har.Read(f, visit)
}

// problemOf says what is wrong with a file, and where.
func problemOf(file string, err error) document.Problem {
	p := document.Problem{File: filepath.ToSlash(file), Message: withoutPath(err).Error()}
	var syntax *har.SyntaxError
	if errors.As(err, &syntax) {
		p.Line, p.Column, p.Message, p.Hint = syntax.Line, syntax.Column, syntax.Message, "expected HAR 1.2"
	}
	return p
}

func checkHosts(hosts []string) error {
	for _, host := range hosts {
		if !isHost(host) {
			return fmt.Errorf("--host %q: expected HOST or HOST:PORT, such as api.contoso.com", host)
		}
	}
	return nil
}

// isHost reports whether a text is a host, with or without a port.
func isHost(text string) bool {
	if _, err := netip.ParseAddr(text); err == nil {
		return true
	}
	u, err := url.Parse("//" + text)
	return err == nil && u.Host == text && u.Hostname() != ""
}

// A selection says which entries of HAR files matter, and counts the others.
type selection struct {
	hosts []string // beside Graph's and this machine

	skipped, preflights, foreign int
	others                       []string // some of the hosts of what was skipped
}

// maxOthers is how many hosts are named.
const maxOthers = 3

// isOurs reports whether an entry is about the service that the contract describes.
func (s *selection) isOurs(e *har.Entry) bool {
	host := strings.ToLower(e.URL.Hostname())
	if graph.IsHost(host) || host == "localhost" {
		return true
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		return true
	}
	return slices.ContainsFunc(s.hosts, func(h string) bool {
		return strings.EqualFold(h, host) || strings.EqualFold(h, e.URL.Host)
	})
}

// accept reports whether an entry is to be checked, and counts those that are not.
func (s *selection) accept(e *har.Entry) bool {
	switch {
	case !s.isOurs(e):
		s.skipped++
		if host := e.URL.Host; host != "" && len(s.others) < maxOthers && !slices.Contains(s.others, host) {
			s.others = append(s.others, host)
		}
	case e.Method == "OPTIONS" && e.Header.Get("Access-Control-Request-Method") != "":
		s.preflights++
	case strings.HasPrefix(e.URL.Path, "/_graphmock/"):
		s.skipped++
	case !isHTTP(e):
		s.foreign++
	default:
		return true
	}
	return false
}

// isHTTP reports whether an entry is a request of HTTP, and stays one: what is said over
// a web socket is not the service's API.
func isHTTP(e *har.Entry) bool {
	scheme := strings.ToLower(e.URL.Scheme)
	return (scheme == "http" || scheme == "https") && e.Method != "CONNECT" && e.Status != http.StatusSwitchingProtocols
}

// notes say what was left out.
func (s *selection) notes() (notes []string) {
	if s.skipped > 0 {
		notes = append(notes, count(s.skipped, "request")+" to other hosts skipped.")
	}
	if s.preflights > 0 {
		notes = append(notes, count(s.preflights, "CORS preflight")+" skipped.")
	}
	if s.foreign > 0 {
		notes = append(notes, count(s.foreign, "exchange")+" of other protocols skipped.")
	}
	return notes
}

// A keeper keeps exchanges for reports.
type keeper struct {
	kept []report.Exchange
	room int // for what they hold, in bytes; none if there are no reports
	left int
}

// Bounds of what is kept for reports.
const (
	maxKept      = 10_000
	maxKeptBytes = 64 << 20 // beyond, they are kept without headers and bodies
)

// keep keeps an exchange for the reports, as long as there is room.
func (k *keeper) keep(x report.Exchange) {
	if len(k.kept) >= maxKept {
		k.left++
		return
	}
	if x.Size() > k.room {
		x.Shorten()
	}
	k.room -= min(k.room, x.Size())
	k.kept = append(k.kept, x)
}
