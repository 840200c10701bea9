package provider

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// emptyAttributes returns the attributes of an export without values, and the
// given ones.
func emptyAttributes(others map[string]any) map[string]any {
	attributes := map[string]any{}
	for name := range mappedAttributes {
		attributes[name] = nil
	}
	maps.Copy(attributes, others)

	return attributes
}

func TestExportModel_everyFieldIsMapped(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body       string
		want       map[string]any
		signedLink any
	}{
		"all fields": {mappedExport, mappedAttributes, "https://files.example.com/1"},
		"null fields": {
			`{"id":"x","userId":null,"fileId":null,"status":"queued","resources":null,"createdTime":null,"updatedTime":null,"retentionTime":null,"_links":null}`,
			emptyAttributes(map[string]any{"id": "x", "status": "queued"}), nil,
		},
		"absent fields": {`{"id":"x","status":"queued"}`, emptyAttributes(map[string]any{"id": "x", "status": "queued"}), nil},
		"empty arrays, empty elements, unknown values": {
			`{"id":"x","status":"archived","resources":[],"_links":[{"rel":null},{"rel":"audit","href":null}]}`,
			emptyAttributes(map[string]any{
				"id": "x", "status": "archived", "resources": []any{}, "record_counts": map[string]any{},
				"links": []any{map[string]any{"rel": nil, "href": nil}, map[string]any{"rel": "audit", "href": nil}},
			}), nil,
		},
		"negative count, duplicate names, unknown fields": {
			`{"id":"x","status":"queued","Status":"completed","resources":[{"recordCount":-9223372036854775808}],"extra":{"a":1,"a":2,"A":3}}`,
			emptyAttributes(map[string]any{
				"id": "x", "status": "completed",
				"resources":     []any{map[string]any{"type": nil, "record_count": "-9223372036854775808"}},
				"record_counts": map[string]any{},
			}), nil,
		},
		"two counts of a type, counts without a type, types without a count": {
			`{"id":"x","status":"completed","resources":[{"type":"users","recordCount":2},{"type":"users","recordCount":3},{"recordCount":7},{"type":"notes"},{"type":"files","recordCount":null},{"type":null,"recordCount":1}]}`,
			emptyAttributes(map[string]any{
				"id": "x", "status": "completed",
				"resources": []any{
					map[string]any{"type": "users", "record_count": "2"},
					map[string]any{"type": "users", "record_count": "3"},
					map[string]any{"type": nil, "record_count": "7"},
					map[string]any{"type": "notes", "record_count": nil},
					map[string]any{"type": "files", "record_count": nil},
					map[string]any{"type": nil, "record_count": "1"},
				},
				"record_counts": map[string]any{"users": "5"},
			}), nil,
		},
		"a signed link without a URL": {
			`{"id":"x","status":"completed","_links":[{"rel":"self","href":"https://api.rebilly.com/x"},{"rel":"signedLink","href":null}]}`,
			emptyAttributes(map[string]any{
				"id": "x", "status": "completed",
				"links": []any{map[string]any{"rel": "self", "href": "https://api.rebilly.com/x"}, map[string]any{"rel": "signedLink", "href": nil}},
			}), nil,
		},
	}
	for name, test := range tests {
		for object, read := range map[string]func(*testing.T, *rebillytest.API) map[string]any{
			"data source": func(t *testing.T, api *rebillytest.API) map[string]any {
				t.Helper()
				attributes, diagnostics := configured(t, api, nil).read("x")
				mustSucceed(t, diagnostics)

				return plainAll(t, attributes)
			},
			"ephemeral resource": func(t *testing.T, api *rebillytest.API) map[string]any {
				t.Helper()
				attributes, diagnostics := configured(t, api, nil).open("x")
				mustSucceed(t, diagnostics)

				return plainAll(t, attributes)
			},
			"imported resource": func(t *testing.T, api *rebillytest.API) map[string]any {
				t.Helper()
				export := configured(t, api, nil).manage()
				mustSucceed(t, export.importBy("x", nil))

				return plainAll(t, export.current())
			},
			"requested resource": func(t *testing.T, api *rebillytest.API) map[string]any {
				t.Helper()
				export := configured(t, api, nil).manage()
				mustSucceed(t, export.apply(values{"wait_for_completion": false}))

				return plainAll(t, export.current())
			},
			"list": func(t *testing.T, api *rebillytest.API) map[string]any {
				t.Helper()
				attributes, diagnostics := configured(t, api, nil).readList(values{"include_links": true})
				mustSucceed(t, diagnostics)
				exports, _ := plain(t, attributes["exports"]).([]any)
				export, _ := exports[0].(map[string]any)

				return export
			},
		} {
			t.Run(name+", "+object, func(t *testing.T) {
				t.Parallel()
				body := test.body
				if object == "list" {
					body = "[" + body + "]"
				}
				api := rebillytest.NewFor(t)
				api.Fail(rebillytest.JSON(body))
				got := read(t, api)
				want := maps.Clone(test.want)
				switch object {
				case "imported resource", "requested resource":
					delete(want, "links")
				case "ephemeral resource":
					want["signed_link"] = test.signedLink
				case "list":
					delete(want, "record_counts")
				}
				// What the API does not return.
				for _, argument := range []string{"organization_id", "wait_for_completion", "include_links", "include_file", "file", "include_files", "triggers", "timeouts", "rotate_after", "rotation_time", "replace_on_status"} {
					delete(got, argument)
				}
				if difference := cmp.Diff(want, got); difference != "" {
					t.Errorf("the attributes differ (-want +got):\n%s", difference)
				}
			})
		}
	}
}
