// Package subscriptions is what subscriptions to change notifications do beyond their model.
package subscriptions

import (
	"net/url"
	"slices"
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/service"
)

// Type is the name of the type.
const Type = "microsoft.graph.subscription"

// Behaviors returns that of subscriptions.
func Behaviors() []*service.Behavior {
	return []*service.Behavior{{
		Type: Type, Watches: true, Nulls: true, PerApp: true, // each app sees its own [DOC subscription-list.md]
		NotFound: "subscription-not-found",
		Order: []string{ // [DOC subscription-post-subscriptions.md]
			"id", "resource", "applicationId", "changeType", "clientState", "notificationUrl", "notificationQueryOptions",
			"lifecycleNotificationUrl", "expirationDateTime", "creatorId", "includeResourceData",
			"latestSupportedTlsVersion", "encryptionCertificate", "encryptionCertificateId", "notificationUrlAppId",
		},
		Accept: accept,
		Check:  check,
		Value:  value,
		Operations: map[string]service.Operation{
			"reauthorize": func(c *service.Call) (service.Result, error) {
				_, err := c.Bound()
				return service.Result{}, err
			},
		},
	}}
}

func value(w *service.Write, name string) (any, bool) {
	switch name {
	case "applicationId":
		return owned(w, name, w.Caller.App), true
	case "creatorId": // of a user or, for an app itself, of its service principal, which is its app here: assumed
		if w.Caller.AppOnly {
			return owned(w, name, w.Caller.App), true
		}
		return owned(w, name, w.Caller.User.ID), true
	case "latestSupportedTlsVersion":
		return "v1_2", w.Sent[name] == nil
	case "expirationDateTime":
		if ms, ok := w.SentTime(name); ok {
			w.ExpireAt(ms)
			return graph.FormatTime(ms), true
		}
	}
	return nil, false
}

// owned is what a property has from the start: a renewal does not change whose it is.
func owned(w *service.Write, name, otherwise string) any {
	if before := w.Before(name); before != nil {
		return before
	}
	return w.Seeded(name, otherwise)
}

// accept checks what a client sends, and asks its receivers.
func accept(c *service.Call) error {
	if c.IsNew() {
		return acceptNew(c)
	}
	for name := range c.Body {
		if name != "expirationDateTime" && name != "notificationUrl" && !strings.Contains(name, "@") {
			return service.Fail("subscription-immutable", "{property}", name) // [DOC subscription-update.md]
		}
	}
	if receiver := text(c, "notificationUrl"); receiver != "" {
		return reach(c, "notificationUrl", receiver)
	}
	return nil
}

func acceptNew(c *service.Call) error {
	for _, name := range []string{"changeType", "notificationUrl", "resource", "expirationDateTime"} {
		if text(c, name) == "" {
			return service.Fail("subscription-property-missing", "{property}", name)
		}
	}
	limits, err := limitsFor(c)
	if err != nil {
		return err
	}
	if err := limits.checkChangeType(text(c, "changeType")); err != nil {
		return err
	}
	if err := limits.checkExpiration(c, text(c, "resource"), text(c, "lifecycleNotificationUrl") != ""); err != nil {
		return err
	}
	if rich, _ := c.Body["includeResourceData"].(bool); rich {
		if err := checkEncryption(c); err != nil {
			return err
		}
	} else if limits.rich {
		return service.Fail("subscription-encryption-missing")
	}
	if err := reach(c, "notificationUrl", text(c, "notificationUrl")); err != nil {
		return err
	}
	if receiver := text(c, "lifecycleNotificationUrl"); receiver != "" {
		return reach(c, "lifecycleNotificationUrl", receiver)
	}
	return nil
}

// limitsFor finds out what Graph lets clients ask for of the resource of a new subscription.
func limitsFor(c *service.Call) (*limits, error) {
	name := text(c, "resource")
	first, _, _ := strings.Cut(strings.TrimPrefix(name, "/"), "/")
	if strings.EqualFold(first, "me") && c.Caller.AppOnly {
		return nil, service.Fail("app-only-on-me")
	}
	watch, err := c.Watch(name)
	if err != nil {
		return nil, service.Fail("subscription-resource-invalid", "{id}", name)
	}
	found := limitsOf(watch)
	if found == nil {
		return nil, service.Fail("subscription-resource-unsupported", "{id}", name)
	}
	return found, nil
}

// check is asked in the transaction: of a renewal only, for the rest is known before.
func check(c *service.Call, w *service.Write) error {
	if w.Old == nil || c.Body["expirationDateTime"] == nil {
		return nil
	}
	name, _ := w.Sent["resource"].(string)
	watch, err := c.Watch(name)
	if err != nil {
		return nil // what it was about is gone
	}
	if found := limitsOf(watch); found != nil {
		receiver, _ := w.Sent["lifecycleNotificationUrl"].(string)
		return found.checkExpiration(c, name, receiver != "")
	}
	return nil
}

// checkEncryption wants what rich notifications are encrypted with. [DOC change-notifications-with-resource-data.md]
func checkEncryption(c *service.Call) error {
	if text(c, "encryptionCertificateId") == "" || text(c, "encryptionCertificate") == "" {
		return service.Fail("subscription-encryption-missing")
	}
	if _, _, err := certificateOf(text(c, "encryptionCertificate")); err != nil {
		return service.Fail("subscription-certificate-invalid", "{reason}", err.Error())
	}
	return nil
}

// reach checks the URL of a receiver, and asks it whether it wants notifications.
func reach(c *service.Call, property, receiver string) error {
	u, err := url.Parse(receiver)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return service.Fail("subscription-url-invalid", "{property}", property)
	}
	return c.Reach(receiver)
}

// text is a property that was sent, "" if it is no text.
func text(c *service.Call, name string) string {
	v, _ := c.Body[name].(string)
	return v
}

func splitTypes(changeTypes string) []string {
	all := strings.Split(changeTypes, ",")
	for i := range all {
		all[i] = strings.ToLower(strings.TrimSpace(all[i]))
	}
	return all
}

// Wants reports whether a list of change types, as clients send it, has one of them.
func Wants(changeTypes, one string) bool { return slices.Contains(splitTypes(changeTypes), one) }
