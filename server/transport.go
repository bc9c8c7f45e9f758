package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"time"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server/internal/auth/entra"
	"github.com/graphmock/graphmock/server/internal/inprocess"
	"github.com/graphmock/graphmock/server/internal/journal"
	"github.com/graphmock/graphmock/server/internal/notify"
	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/workload/subscriptions"
)

// URL is the origin that Client is meant for: that of the contract's first server,
// such as https://api.example.com, and Graph's own, https://graph.microsoft.com, of a
// contract that names none. Paths below it begin with one of Contract.Bases: /v1.0
// or /beta.
func (s *Server) URL() string {
	if origins := s.config.Contract.Origins(); len(origins) > 0 {
		return origins[0]
	}
	return "https://graph.microsoft.com"
}

// Transport takes requests to any host of Graph and of Entra, to those of the contract's servers,
// and to the server's own sockets, to this server in process: no sockets, no
// goroutines. Requests to other hosts are errors.
//
// A client can't tell it from a transport over the network, except for what stands
// in the table of conformance_test.go: requests that could not be sent are
// errors, contexts and deadlines count until the response's body has been read,
// and faults are the errors that a broken connection gives.
func (s *Server) Transport() http.RoundTripper { return s.transport }

// Client is an http.Client with the server's Transport. It adds nothing to a
// request that net/http's own does not: no token.
func (s *Server) Client() *http.Client { return &http.Client{Transport: s.Transport()} }

func (s *Server) newTransport() *inprocess.Transport {
	connection := &tls.ConnectionState{
		Version: tls.VersionTLS13, HandshakeComplete: true, CipherSuite: tls.TLS_AES_128_GCM_SHA256,
	}
	if authority, err := ownAuthority(); err == nil {
		if certificate, err := authority.Leaf("graph.microsoft.com"); err == nil {
			connection.PeerCertificates = []*x509.Certificate{certificate.Leaf}
		}
	}
	own := reflect.TypeFor[Server]().PkgPath()
	return &inprocess.Transport{
		Handler: s.serveInProcess, Refuse: s.refuseInProcess, Closing: s.closing,
		MaxHeaderBytes: maxHeader, TLS: connection,
		Own: []string{own, own + "/graphtest"},
	}
}

// refuseInProcess returns why a request is not sent: its host is another's, or
// the server is closed.
func (s *Server) refuseInProcess(req *http.Request) error {
	if !s.answersFor(req.URL.Hostname(), req.URL.Host) {
		return errors.New("graphmock: " + s.foreign(req.URL))
	}
	select {
	case <-s.closing:
		return errClosed
	default:
		return nil
	}
}

var errClosed = errors.New("graphmock: the server is closed")

// foreign returns what is wrong with a URL of another host, and what to do.
func (s *Server) foreign(u *url.URL) string {
	own, hint := "a host of Microsoft Graph", ""
	if origins := s.config.Contract.Origins(); !s.config.Contract.UsesOData() && len(origins) > 0 {
		own = "a host of the contract's servers, such as " + origins[0]
		hint = "; name it under servers in the contract, or send to " + origins[0]
	}
	return fmt.Sprintf("%s is not %s, and this client reaches no other%s", jsontext.Quote(u.Host), own, hint)
}

func (s *Server) answersFor(host, hostPort string) bool {
	if graph.IsHost(host) || entra.IsHost(host) || graph.IsTransferHost(host) || s.config.Contract.HasHost(hostPort) {
		return true
	}
	other := graph.TransferHostFor(hostPort, "")
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.listeners {
		if l.address == hostPort || l.address == other {
			return true
		}
	}
	return false
}

// Handle lets a handler stand for the receiver of change notifications with a URL, such as
// https://app.example/notify: it is called in process, on the goroutine of the request that changed
// what a client has subscribed to, and once that has its response it was called. What is due later is
// delivered as the server's clock goes on. Nil takes the handler away. It is for all tenants.
func (s *Server) Handle(url string, handler http.Handler) error {
	return s.handlers.Handle(url, handler)
}

// newNotifier returns what calls receivers, in the server's time.
func (s *Server) newNotifier() *notify.Notifier {
	c := notify.Config{Handlers: s.handlers, Remote: s.config.AllowRemoteCallbacks, Now: s.clock.now, Sent: s.recordSent}
	if s.config.Now.IsZero() {
		c.After = func(d time.Duration, f func()) { time.AfterFunc(d, f) }
	}
	return notify.New(c)
}

// recordSent adds a request to a receiver to the journal. It is no part of the verdict.
func (s *Server) recordSent(e notify.Exchange) {
	s.journal.Add(&journal.Record{Exchange: Exchange{
		At: e.At, Took: e.Took, Method: http.MethodPost, Host: e.URL.Host, Path: e.URL.EscapedPath(), Query: e.URL.RawQuery,
		Header: e.Header, Body: e.Body, Status: e.Status, AnswerHeader: e.AnswerHeader, Answer: e.Answer,
		Tenant: s.otherID(), Outgoing: true, Note: e.Note,
	}})
}

// reach asks the receiver with a URL whether it wants notifications. The text of the token is as
// observed (microsoftgraph/microsoft-graph-docs#21160): its spaces and colons have to be decoded.
func (s *Server) reach(receiver string) error {
	if u, err := url.Parse(receiver); err != nil || u.Scheme == "http" && !notify.IsLoopback(u) {
		return service.Fail("subscription-url-invalid", "{property}", "notificationUrl")
	}
	err := s.notifier.Handshake(receiver,
		"Validation: Testing client application reachability for subscription Request-Id: "+s.random.GUID())
	switch {
	case err == nil:
		return nil
	case errors.Is(err, notify.ErrTimeout):
		return service.Fail("subscription-validation-timeout")
	case errors.Is(err, notify.ErrToken):
		return service.Fail("subscription-validation-token")
	case errors.Is(err, notify.ErrRemote):
		return service.Fail("subscription-receiver-remote")
	}
	return service.Fail("subscription-validation-failed")
}

// notifyOf tells the receivers of subscriptions what a request has changed, as scenarios want it.
func (s *Server) notifyOf(t *tenant, r *service.Request, scripted scenarios.Notify) {
	if len(r.Differences) == 0 {
		return
	}
	of := subscriptions.Tenant{
		Service: s.service, Name: t.name, ID: s.id, User: t.directory.UserByID, Now: s.clock.now().UnixMilli(),
	}
	for _, r := range of.Reminders(r.Differences) {
		if r.URL == "" {
			s.notifier.Forget(r.Subscription)
			continue
		}
		s.notifier.Remind(notify.Reminder{
			Key: r.Subscription, Due: r.At, Notification: notify.Notification{URL: r.URL, Value: r.Value},
		})
	}
	var all []notify.Notification
	for _, n := range of.Notices(r.Differences) {
		each := notify.Notification{URL: n.URL, Value: n.Value}
		if n.Missed != nil {
			each.Missed = &notify.Notification{URL: n.Missed.URL, Value: n.Missed.Value}
		}
		if n.App != "" {
			each.Token = entra.ValidationToken(s.id, n.App, s.clock.now())
		}
		all = append(all, each)
	}
	s.notifier.Lose(all[:min(scripted.Drop, len(all))])
	all = all[min(scripted.Drop, len(all)):]
	s.notifier.Notify(all, scripted.Delay)
	if scripted.Duplicate {
		s.notifier.Notify(all, scripted.Delay)
	}
}
