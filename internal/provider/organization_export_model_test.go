package provider

import (
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// mappedExport is an export with a value in every field, as the API returns it,
// and the attributes that it becomes. An attribute that is added to all objects
// is added here.
const mappedExport = `{
	"id": "x",
	"userId": "usr_1",
	"fileId": "file_1",
	"status": "completed",
	"resources": [{"type": "users", "recordCount": 0}, {"type": "customers", "recordCount": 9223372036854775807}],
	"createdTime": "2026-03-14T09:26:53+02:00",
	"updatedTime": "2026-03-14T09:36:53.123Z",
	"retentionTime": "2026-04-13T09:36:53Z",
	"_links": [{"rel": "signedLink", "href": "https://files.example.com/1"}, {"rel": "self", "href": "https://api.rebilly.com/organization-exports/x"}]
}`

var mappedAttributes = map[string]any{
	"id":      "x",
	"user_id": "usr_1",
	"file_id": "file_1",
	"status":  "completed",
	"resources": []any{
		map[string]any{"type": "users", "record_count": "0"},
		map[string]any{"type": "customers", "record_count": "9223372036854775807"},
	},
	"record_counts":  map[string]any{"users": "0", "customers": "9223372036854775807"},
	"created_time":   "2026-03-14T09:26:53+02:00",
	"updated_time":   "2026-03-14T09:36:53.123Z",
	"retention_time": "2026-04-13T09:36:53Z",
	"links": []any{
		map[string]any{"rel": "signedLink", "href": "https://files.example.com/1"},
		map[string]any{"rel": "self", "href": "https://api.rebilly.com/organization-exports/x"},
	},
}

// attributesOf returns the attributes of the export "x" with this status, which has the
// other ones, and no more.
func attributesOf(status string, others map[string]any) map[string]any {
	attributes := map[string]any{}
	for name := range mappedAttributes {
		attributes[name] = nil
	}
	maps.Copy(attributes, map[string]any{"id": "x", "status": status})
	maps.Copy(attributes, others)

	return attributes
}

func TestExportModel_everyFieldIsMapped(t *testing.T) {
	t.Parallel()
	resource := func(kind, count any) map[string]any { return map[string]any{"type": kind, "record_count": count} }
	link := func(rel, href any) map[string]any { return map[string]any{"rel": rel, "href": href} }
	tests := map[string]struct {
		body       string
		want       map[string]any
		signedLink any
	}{
		"all fields": {body: mappedExport, want: mappedAttributes, signedLink: "https://files.example.com/1"},
		"null fields": {
			body: `{"id":"x","userId":null,"fileId":null,"status":"queued","resources":null,"createdTime":null,"updatedTime":null,"retentionTime":null,"_links":null}`,
			want: attributesOf("queued", nil),
		},
		"absent fields": {body: `{"id":"x","status":"queued"}`, want: attributesOf("queued", nil)},
		"empty arrays, empty elements, unknown values": {
			body: `{"id":"x","status":"archived","resources":[],"_links":[{"rel":null},{"rel":"audit","href":null}]}`,
			want: attributesOf("archived", map[string]any{"resources": []any{}, "record_counts": map[string]any{}, "links": []any{link(nil, nil), link("audit", nil)}}),
		},
		"negative count, duplicate names, unknown fields": {
			body: `{"id":"x","status":"queued","Status":"completed","resources":[{"recordCount":-9223372036854775808}],"extra":{"a":1,"a":2,"A":3}}`,
			want: attributesOf("completed", map[string]any{"resources": []any{resource(nil, "-9223372036854775808")}, "record_counts": map[string]any{}}),
		},
		"two counts of a type, counts without a type, types without a count": {
			body: `{"id":"x","status":"completed","resources":[{"type":"users","recordCount":2},{"type":"users","recordCount":3},{"recordCount":7},` +
				`{"type":"notes"},{"type":"files","recordCount":null},{"type":null,"recordCount":1}]}`,
			want: attributesOf("completed", map[string]any{
				"resources": []any{
					resource("users", "2"), resource("users", "3"), resource(nil, "7"), resource("notes", nil), resource("files", nil), resource(nil, "1"),
				},
				"record_counts": map[string]any{"users": "5"},
			}),
		},
		"a signed link without a URL": {
			body: `{"id":"x","status":"completed","_links":[{"rel":"self","href":"https://api.rebilly.com/x"},{"rel":"signedLink","href":null}]}`,
			want: attributesOf("completed", map[string]any{"links": []any{link("self", "https://api.rebilly.com/x"), link("signedLink", nil)}}),
		},
	}
	objects := map[string]runner{
		"data source":        with(protocol.readWith, values{"id": "x"}),
		"ephemeral resource": with(protocol.openWith, values{"id": "x"}),
		"imported resource": func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
			export := p.manage()
			diagnostics := export.importBy("x", nil)

			return export.current(), diagnostics
		},
		"requested resource": applying(doNotWait(nil)),
		"list": func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
			attributes, diagnostics := p.readList(values{"include_links": true})
			exports := as[[]tftypes.Value](p.t, attributes["exports"])

			return as[map[string]tftypes.Value](p.t, exports[0]), diagnostics
		},
	}
	for name, test := range tests {
		for object, read := range objects {
			t.Run(name+", "+object, func(t *testing.T) {
				t.Parallel()
				body, want := test.body, maps.Clone(test.want)
				switch object {
				case "imported resource", "requested resource":
					delete(want, "links")
				case "ephemeral resource":
					want["signed_link"] = test.signedLink
				case "list":
					body = "[" + body + "]"
					delete(want, "record_counts")
				}
				api := rebillytest.NewFor(t)
				api.Fail(rebillytest.JSON(body))
				attributes, diagnostics := read(configured(t, api, nil))
				mustSucceed(t, diagnostics)
				mustHave(t, attributes, want)
			})
		}
	}
}
