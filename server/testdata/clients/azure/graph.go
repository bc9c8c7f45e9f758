package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	jsonserialization "github.com/microsoft/kiota-serialization-json-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go-core/authentication"
	"github.com/microsoftgraph/msgraph-sdk-go-core/fileuploader"
)

// sdk sends requests through the middleware of Microsoft's SDK: its adapter, its iterator of
// pages, and its upload of large files.
func sdk(ctx context.Context) (string, error) {
	abstractions.RegisterDefaultSerializer(func() serialization.SerializationWriterFactory {
		return jsonserialization.NewJsonSerializationWriterFactory()
	})
	abstractions.RegisterDefaultDeserializer(func() serialization.ParseNodeFactory {
		return jsonserialization.NewJsonParseNodeFactory()
	})
	credential, err := environment()
	if err != nil {
		return "", err
	}
	root := os.Getenv("GRAPHMOCK_URL")
	host, _, _ := strings.Cut(strings.TrimPrefix(root, "https://"), "/")
	host, _, _ = strings.Cut(host, ":")
	provider, err := authentication.NewAzureIdentityAuthenticationProviderWithScopesAndValidHosts(credential,
		[]string{everything}, []string{host})
	if err != nil {
		return "", err
	}
	adapter, err := core.NewGraphRequestAdapterBase(provider, core.GraphClientOptions{GraphServiceVersion: "v1.0"})
	if err != nil {
		return "", err
	}
	adapter.SetBaseUrl(root)
	if err := pages(ctx, adapter, root); err != nil {
		return "", fmt.Errorf("pages: %w", err)
	}
	if err := attach(ctx, adapter, root); err != nil {
		return "", fmt.Errorf("attach: %w", err)
	}
	return "", upload(ctx, adapter, root)
}

// attach attaches a file in parts to a draft: the attachment's id is at the end of the Location.
func attach(ctx context.Context, adapter *core.GraphRequestAdapterBase, root string) error {
	draft, err := ask(ctx, adapter, abstractions.POST, root+"/users/"+user+"/messages", []byte(`{"subject": "Trails"}`))
	if err != nil {
		return err
	}
	file := content(make([]byte, 3_500_000))
	at := root + "/users/" + user + "/messages/" + draft.id + "/attachments/"
	session, err := ask(ctx, adapter, abstractions.POST, at+"createUploadSession",
		[]byte(fmt.Sprintf(`{"AttachmentItem": {"attachmentType": "file", "name": "sdk.bin", "size": %d}}`, len(file))))
	if err != nil {
		return err
	}
	result := fileuploader.NewLargeFileUploadTask[*entity](adapter, session, file, 4*320<<10, newEntity, nil).Upload(func(int64, int64) {})
	if !result.GetUploadSucceeded() || result.GetURI() == nil {
		return errors.Join(append(result.GetResponseErrors(), errors.New("the upload has no URI"))...)
	}
	_, id, _ := strings.Cut(*result.GetURI(), "/Attachments('")
	attached, err := ask(ctx, adapter, abstractions.GET, at+strings.TrimSuffix(id, "')")+"?$select=name,size", nil)
	if err == nil && attached.name != "sdk.bin" {
		err = fmt.Errorf("attached is %+v", attached)
	}
	return err
}

func pages(ctx context.Context, adapter *core.GraphRequestAdapterBase, root string) error {
	first, err := ask(ctx, adapter, abstractions.GET, root+"/users?$select=id,displayName&$top=3", nil)
	if err != nil {
		return err
	}
	iterator, err := core.NewPageIterator[*entity](first, adapter, newEntity)
	if err != nil {
		return err
	}
	names := map[string]bool{}
	if err := iterator.Iterate(ctx, func(user *entity) bool { names[user.id] = true; return true }); err != nil {
		return err
	}
	if len(names) < 8 {
		return fmt.Errorf("%d users", len(names))
	}
	return nil
}

func upload(ctx context.Context, adapter *core.GraphRequestAdapterBase, root string) error {
	users, err := ask(ctx, adapter, abstractions.GET, root+"/users/"+user+"/drive", nil)
	if err != nil {
		return err
	}
	session, err := ask(ctx, adapter, abstractions.POST, root+"/drives/"+users.id+"/root:/sdk.bin:/createUploadSession",
		[]byte(`{"item": {"@microsoft.graph.conflictBehavior": "replace"}}`))
	if err != nil {
		return err
	}
	const slice = 320 << 10
	file := content(make([]byte, 3*slice+17))
	task := fileuploader.NewLargeFileUploadTask[*entity](adapter, session, file, slice, newEntity, nil)
	result := task.Upload(func(int64, int64) {})
	if !result.GetUploadSucceeded() || result.GetItemResponse().name != "sdk.bin" {
		return errors.Join(append(result.GetResponseErrors(), fmt.Errorf("the upload ended with %+v", result.GetItemResponse()))...)
	}
	again, err := ask(ctx, adapter, abstractions.POST, root+"/drives/"+users.id+"/root:/sdk.bin:/createUploadSession",
		[]byte(`{"item": {"@microsoft.graph.conflictBehavior": "replace"}}`))
	if err != nil {
		return err
	}
	return fileuploader.NewLargeFileUploadTask[*entity](adapter, again, file, slice, newEntity, nil).Cancel()
}

func ask(ctx context.Context, adapter *core.GraphRequestAdapterBase, method abstractions.HttpMethod, uri string, body []byte) (*entity, error) {
	info := abstractions.NewRequestInformation()
	info.Method = method
	info.UrlTemplate = strings.ReplaceAll(uri, "$", "%24")
	if body != nil {
		info.SetStreamContentAndContentType(body, "application/json")
	}
	found, err := adapter.Send(ctx, info, newEntity, nil)
	if err != nil {
		return nil, err
	}
	return found.(*entity), nil
}

// content is a file in memory.
type content []byte

func (c content) ReadAt(p []byte, off int64) (int, error) { return bytes.NewReader(c).ReadAt(p, off) }
func (c content) Stat() (os.FileInfo, error)              { return c, nil }
func (c content) Size() int64                             { return int64(len(c)) }
func (content) Name() string                              { return "sdk.bin" }
func (content) Mode() os.FileMode                         { return 0 }
func (content) ModTime() time.Time                        { return time.Time{} }
func (content) IsDir() bool                               { return false }
func (content) Sys() any                                  { return nil }

// entity is whatever Graph answers with.
type entity struct {
	id, name, uploadURL, nextLink string
	expires                       *time.Time
	ranges                        []string
	value                         []*entity
}

func newEntity(serialization.ParseNode) (serialization.Parsable, error) { return &entity{}, nil }

func (*entity) Serialize(serialization.SerializationWriter) error { return nil }

func (e *entity) GetFieldDeserializers() map[string]func(serialization.ParseNode) error {
	text := func(into *string) func(serialization.ParseNode) error {
		return func(n serialization.ParseNode) error {
			v, err := n.GetStringValue()
			if v != nil {
				*into = *v
			}
			return err
		}
	}
	return map[string]func(serialization.ParseNode) error{
		"id": text(&e.id), "name": text(&e.name), "uploadUrl": text(&e.uploadURL), "@odata.nextLink": text(&e.nextLink),
		"expirationDateTime": func(n serialization.ParseNode) (err error) {
			e.expires, err = n.GetTimeValue()
			return err
		},
		"nextExpectedRanges": func(n serialization.ParseNode) error {
			all, err := n.GetCollectionOfPrimitiveValues("string")
			for _, each := range all {
				e.ranges = append(e.ranges, *each.(*string))
			}
			return err
		},
		"value": func(n serialization.ParseNode) error {
			all, err := n.GetCollectionOfObjectValues(newEntity)
			for _, each := range all {
				e.value = append(e.value, each.(*entity))
			}
			return err
		},
	}
}

func (e *entity) GetValue() []*entity                   { return e.value }
func (e *entity) GetOdataNextLink() *string             { return &e.nextLink }
func (e *entity) GetUploadUrl() *string                 { return &e.uploadURL }
func (e *entity) GetExpirationDateTime() *time.Time     { return e.expires }
func (e *entity) SetExpirationDateTime(t *time.Time)    { e.expires = t }
func (e *entity) GetNextExpectedRanges() []string       { return e.ranges }
func (e *entity) SetNextExpectedRanges(ranges []string) { e.ranges = ranges }

func (*entity) GetOdataType() *string { return nil }
