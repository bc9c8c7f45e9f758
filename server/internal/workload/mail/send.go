package mail

import (
	netmail "net/mail"
	"strings"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/outlook"
	"github.com/graphmock/graphmock/server/internal/service"
)

const userType = "microsoft.graph.user"

// users is what mailboxes add to users.
func users() *service.Behavior {
	return &service.Behavior{
		Type: userType, Index: outlook.AddressIndex,
		Operations: map[string]service.Operation{
			"sendMail": sendMail, "translateExchangeIds": translateIDs, "getMailTips": mailTips,
		},
		Absent: map[string]any{"mailboxSettings": mailboxSettings},
	}
}

// mailboxSettings are those of a mailbox that nobody has set (REC: the names; DOC: the
// values of a new mailbox).
var mailboxSettings = map[string]any{
	"archiveFolder":                         wellKnownID["archive"],
	"timeZone":                              "UTC",
	"delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
	"dateFormat":                            "M/d/yyyy",
	"timeFormat":                            "h:mm tt",
	"userPurpose":                           "user",
	"automaticRepliesSetting": map[string]any{
		"status": "disabled", "externalAudience": "all", "internalReplyMessage": "", "externalReplyMessage": "",
		"scheduledStartDateTime": map[string]any{"dateTime": "2026-01-01T00:00:00.0000000", "timeZone": "UTC"},
		"scheduledEndDateTime":   map[string]any{"dateTime": "2026-01-02T00:00:00.0000000", "timeZone": "UTC"},
	},
	"language": map[string]any{"locale": "en-US", "displayName": "English (United States)"},
	"workingHours": map[string]any{
		"daysOfWeek": []any{"monday", "tuesday", "wednesday", "thursday", "friday"},
		"startTime":  "08:00:00.0000000", "endTime": "17:00:00.0000000",
		"timeZone": map[string]any{"name": "UTC"},
	},
}

// sendMail sends a message at once: 202. It is kept in Sent Items, unless the client does
// not want that (DOC).
func sendMail(c *service.Call) (service.Result, error) {
	if _, err := c.Bound(); err != nil {
		_, name, _ := strings.Cut(c.Owner(), "/")
		return service.Result{}, service.Fail("mailbox-user-invalid", "{id}", service.KeyOf(name))
	}
	message, err := messageOf(c)
	if err != nil {
		return service.Result{}, err
	}
	made := c.Create(c.Owner()+messageSet, messageType, asNew(message))
	if err := submit(c, made, c.Parameter("saveToSentItems") != false); err != nil {
		return service.Result{}, err
	}
	return accepted, nil
}

var accepted = service.Result{Status: 202}

// messageOf is the message that an action was sent: as a parameter or, alone, as MIME.
func messageOf(c *service.Call) (map[string]any, error) {
	if c.Body == nil && len(c.Raw) > 0 {
		return readMIME(c.Raw)
	}
	message, _ := c.Parameter("message").(map[string]any)
	return message, nil
}

// asNew is what a client said of a message, as that of a new one: what only the service
// sets is left out.
func asNew(message map[string]any) map[string]any {
	made := map[string]any{parentFolder: wellKnownID["drafts"]}
	for name, value := range message {
		switch name {
		case "id", "changeKey", "createdDateTime", "lastModifiedDateTime", "receivedDateTime", "sentDateTime",
			"conversationId", "conversationIndex", "isDraft", "webLink", "bodyPreview", parentFolder, "parentFolderID",
			"hasAttachments":
		case "body":
			body, _ := value.(map[string]any)
			made[name] = wholeBody(body)
		default:
			made[name] = value
		}
	}
	return made
}

// send sends a draft: 202. It goes to Sent Items, where its id is another one (DOC).
func send(c *service.Call) (service.Result, error) {
	draft, err := c.Bound()
	if err == nil {
		err = submit(c, draft, true)
	}
	return accepted, err
}

// submit sends a draft to its recipients in the tenant, and moves it to Sent Items or, if it
// is not to be saved, takes it away.
func submit(c *service.Call, draft *service.Entity, save bool) error {
	if err := checkRecipients(draft); err != nil {
		return err
	}
	from, sender, err := fromOf(c, draft)
	if err != nil {
		return err
	}
	sent, err := c.MoveAs(draft, c.Owner()+messageSet, map[string]any{
		"id": movedID(draft.Key()), parentFolder: wellKnownID["sentitems"], "isDraft": false, "isRead": true,
		"from": from, "sender": sender, "isDeliveryReceiptRequested": nil,
		"sentDateTime": graph.FormatSeconds(c.Now.MS), "receivedDateTime": graph.FormatSeconds(c.Now.MS), "lastModifiedDateTime": c.Now.Text,
	})
	if err != nil {
		return err
	}
	if err := deliver(c, sent); err != nil {
		return err
	}
	if !save {
		c.Tx.Delete(c.Owner()+messageSet, sent.Record.ID)
	}
	return nil
}

// recipientLists are the properties that tell to whom a message goes.
var recipientLists = []string{"toRecipients", "ccRecipients", "bccRecipients"}

// recipients are the recipients of a message in some of its lists.
func recipients(message map[string]any, lists ...string) (all []any) {
	for _, name := range lists {
		list, _ := message[name].([]any)
		all = append(all, list...)
	}
	return all
}

// addressOf is the address of a recipient, "" if there is none.
func addressOf(recipient any) string {
	r, _ := recipient.(map[string]any)
	email, _ := r["emailAddress"].(map[string]any)
	address, _ := email["address"].(string)
	return address
}

// checkRecipients refuses a message without recipients, and those that are no addresses
// (OBS).
func checkRecipients(message *service.Entity) error {
	all := recipients(message.Properties, recipientLists...)
	if len(all) == 0 {
		return service.Fail("mail-no-recipients")
	}
	for _, each := range all {
		address := addressOf(each)
		if parsed, err := netmail.ParseAddress(address); err != nil || parsed.Address != address {
			return service.Fail("mail-recipient-invalid", "{id}", address)
		}
	}
	return nil
}

// fromOf is from whom a message is, and who sends it. A mailbox can send for others of the
// tenant, as rights are not known here (assumed), and for nobody else (DOC).
func fromOf(c *service.Call, message *service.Entity) (from, sender any, err error) {
	owner := ownerOf(c)
	sender = recipientOf(owner.name, owner.address)
	address := addressOf(message.Properties["from"])
	switch {
	case address == "" || strings.EqualFold(address, owner.address):
		return sender, sender, nil
	case outlook.MailboxOf(c, address) == "":
		return nil, nil, service.Fail("mail-send-as-denied")
	}
	return message.Properties["from"], sender, nil
}

// A person has a mailbox.
type person struct{ name, address string }

// ownerOf is whose mailbox a call is about.
func ownerOf(c *service.Call) person {
	p := person{c.Caller.User.DisplayName, c.Caller.User.PrincipalName}
	user, found := c.Get(c.Owner())
	if !found {
		return p
	}
	for _, name := range []string{"mail", "userPrincipalName"} {
		if p.address = user.Text(name); p.address != "" {
			break
		}
	}
	if p.name = user.Text("displayName"); p.name == "" {
		p.name = p.address
	}
	return p
}

// deliver puts a message into the mailbox of each recipient in the tenant, unread, once. Its rules are
// applied to it then.
func deliver(c *service.Call, sent *service.Entity) error {
	return deliverTo(c, sent, recipients(sent.Properties, recipientLists...), false)
}

// deliverTo is deliver for some recipients. What is automatic was sent by a rule.
func deliverTo(c *service.Call, sent *service.Entity, to []any, automatic bool) error {
	done := map[string]bool{}
	for _, each := range to {
		mailbox := outlook.MailboxOf(c, addressOf(each))
		if mailbox == "" || done[mailbox] {
			continue
		}
		done[mailbox] = true
		came, err := c.Copy(sent, mailbox+messageSet, map[string]any{
			parentFolder: wellKnownID["inbox"], "isRead": false, "bccRecipients": nil, "categories": nil, "flag": nil,
			"createdDateTime": c.Now.Text, "lastModifiedDateTime": c.Now.Text,
			"inferenceClassification": classified(c, mailbox, addressOf(sent.Properties["from"])),
		})
		if err == nil {
			err = follow(c, mailbox, came, automatic)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// classified is whether mail from an address is focused in a mailbox: as an override says
// (DOC).
func classified(c *service.Call, mailbox, from string) any {
	var as any
	c.Each(mailbox+"/inferenceClassification/./overrides", service.Slice{}, func(o *service.Entity) bool {
		email, _ := o.Properties["senderEmailAddress"].(map[string]any)
		if address, _ := email["address"].(string); strings.EqualFold(address, from) {
			as = o.Properties["classifyAs"]
		}
		return as == nil
	})
	return as
}

// maxTranslated is how many ids are translated at once (DOC).
const maxTranslated = 1000

// translateIDs translates the ids of items. Those of Exchange Web Services have other
// characters; ids for MAPI are written like them (assumed).
func translateIDs(c *service.Call) (service.Result, error) {
	ids, _ := c.Parameter("inputIds").([]any)
	if len(ids) > maxTranslated {
		return service.Result{}, service.Fail("mail-too-many-ids")
	}
	source, target := c.Text("sourceIdType"), c.Text("targetIdType")
	results := []any{}
	for _, each := range ids {
		text, _ := each.(string)
		result := map[string]any{"sourceId": text}
		if id := restID(c, text, source); outlook.IsID(id) {
			result["targetId"] = formed(id, target)
		} else {
			result["errorDetails"] = map[string]any{"code": "ErrorInvalidIdMalformed", "message": "Id is malformed."}
		}
		results = append(results, result)
	}
	return service.Result{Value: results}, nil
}

var (
	toREST = strings.NewReplacer("/", "-", "+", "_")
	toEWS  = strings.NewReplacer("-", "/", "_", "+")
)

// itemSets are the collections of a mailbox whose items have immutable ids.
var itemSets = []string{messageSet, "/events", "/contacts"}

// restID is the id of an item as paths have it, by one of another form. An immutable one
// of an item that is not there stays as it is.
func restID(c *service.Call, id, form string) string {
	switch form {
	case "ewsId", "entryId", "immutableEntryId":
		id = toREST.Replace(id)
	}
	if outlook.IsImmutable(id) {
		for _, set := range itemSets {
			if item, found := c.FindLasting(c.Owner()+set, id); found {
				return item.Key()
			}
		}
	}
	return id
}

// formed is an id in a form.
func formed(id, form string) string {
	switch form {
	case "restImmutableEntryId":
		return outlook.ImmutableID(id)
	case "immutableEntryId":
		return toEWS.Replace(outlook.ImmutableID(id))
	case "ewsId", "entryId":
		return toEWS.Replace(id)
	}
	return id
}
