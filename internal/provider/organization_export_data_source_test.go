package provider

import (
	"context"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// configured returns a provider that reads from api with a secret key.
func configured(tb testing.TB, api http.Handler, attributes values) protocol {
	tb.Helper()
	all := values{"api_key": rebillytest.SecretKey}
	maps.Copy(all, attributes)
	terraform := speak(tb, in(api, nil))
	mustSucceed(tb, terraform.configure(all))

	return terraform
}

// plain turns a Terraform value into Go's: nil for null, numbers as their exact
// decimal text, the rest as it is.
func plain(t *testing.T, value tftypes.Value) any {
	t.Helper()
	if value.IsNull() {
		return nil
	}
	switch {
	case value.Type().Is(tftypes.String):
		var text string
		if err := value.As(&text); err != nil {
			t.Fatal(err)
		}

		return text
	case value.Type().Is(tftypes.Bool):
		var truth bool
		if err := value.As(&truth); err != nil {
			t.Fatal(err)
		}

		return truth
	case value.Type().Is(tftypes.List{}):
		var elements []tftypes.Value
		if err := value.As(&elements); err != nil {
			t.Fatal(err)
		}
		list := []any{}
		for _, element := range elements {
			list = append(list, plain(t, element))
		}

		return list
	case value.Type().Is(tftypes.Object{}):
		var attributes map[string]tftypes.Value
		if err := value.As(&attributes); err != nil {
			t.Fatal(err)
		}
		object := map[string]any{}
		for name, attribute := range attributes {
			object[name] = plain(t, attribute)
		}

		return object
	default:
		number := new(big.Float)
		if err := value.As(&number); err != nil {
			t.Fatal(err)
		}

		return number.Text('f', -1)
	}
}

func TestEveryFieldOfAnExportIsMapped(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body string
		want map[string]any
	}{
		"all fields": {
			`{"id":"x","userId":"usr_1","fileId":"file_1","status":"completed",
			"resources":[{"type":"users","recordCount":0},{"type":"customers","recordCount":9223372036854775807}],
			"createdTime":"2026-03-14T09:26:53+02:00","updatedTime":"2026-03-14T09:36:53.123Z","retentionTime":"2026-04-13T09:36:53Z",
			"_links":[{"rel":"signedLink","href":"https://files.example.com/1"},{"rel":"self","href":"https://api.rebilly.com/organization-exports/x"}]}`,
			map[string]any{
				"id": "x", "user_id": "usr_1", "file_id": "file_1", "status": "completed",
				"resources": []any{
					map[string]any{"type": "users", "record_count": "0"},
					map[string]any{"type": "customers", "record_count": "9223372036854775807"},
				},
				"created_time": "2026-03-14T09:26:53+02:00", "updated_time": "2026-03-14T09:36:53.123Z", "retention_time": "2026-04-13T09:36:53Z",
				"links": []any{
					map[string]any{"rel": "signedLink", "href": "https://files.example.com/1"},
					map[string]any{"rel": "self", "href": "https://api.rebilly.com/organization-exports/x"},
				},
			},
		},
		"null fields": {
			`{"id":"x","userId":null,"fileId":null,"status":"queued","resources":null,"createdTime":null,"updatedTime":null,"retentionTime":null,"_links":null}`,
			map[string]any{
				"id": "x", "user_id": nil, "file_id": nil, "status": "queued", "resources": nil,
				"created_time": nil, "updated_time": nil, "retention_time": nil, "links": nil,
			},
		},
		"absent fields": {
			`{"id":"x","status":"queued"}`,
			map[string]any{
				"id": "x", "user_id": nil, "file_id": nil, "status": "queued", "resources": nil,
				"created_time": nil, "updated_time": nil, "retention_time": nil, "links": nil,
			},
		},
		"empty arrays, elements with nothing in them, values the contract does not know": {
			`{"id":"x","status":"archived","resources":[],"_links":[{"rel":null},{"rel":"audit","href":null}]}`,
			map[string]any{
				"id": "x", "user_id": nil, "file_id": nil, "status": "archived", "resources": []any{},
				"created_time": nil, "updated_time": nil, "retention_time": nil,
				"links": []any{map[string]any{"rel": nil, "href": nil}, map[string]any{"rel": "audit", "href": nil}},
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.Fail(rebillytest.JSON(test.body), rebillytest.JSON(test.body))
			terraform := configured(t, api, nil)
			for object, read := range map[string]func(string) (map[string]tftypes.Value, []*tfprotov6.Diagnostic){
				"data source": terraform.read, "ephemeral resource": terraform.open,
			} {
				attributes, diagnostics := read("x")
				mustSucceed(t, diagnostics)
				got := map[string]any{}
				for name, value := range attributes {
					got[name] = plain(t, value)
				}
				// The arguments of the data source are not of the API.
				delete(got, "wait_for_completion")
				delete(got, "timeouts")
				if difference := cmp.Diff(test.want, got); difference != "" {
					t.Errorf("the %s differs (-want +got):\n%s", object, difference)
				}
			}
		})
	}
}

func TestAnIDThatTheAPICannotHaveIsAnErrorAtValidate(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ id, want string }{
		"empty":           {"", "the id is empty"},
		"51 characters":   {strings.Repeat("x", 51), "51 characters long"},
		"slash":           {"../users", "letters, digits"},
		"space":           {"a b", "letters, digits"},
		"letter of Greek": {"α", "letters, digits"},
		"newline":         {"x\n", "letters, digits"},
		"dot":             {".", "would change the path"},
		"two dots":        {"..", "would change the path"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			mustFail(t, speak(t, in(api, nil)).validateExport(values{"id": test.id}), "id", "The attribute id", test.want)
			if sent := len(api.Requests()); sent != 0 {
				t.Errorf("%d requests were sent", sent)
			}
		})
	}
	terraform := speak(t, in(rebillytest.NewFor(t), nil))
	for _, id := range []any{"x", "@~-._", "...", strings.Repeat("x", 50), unknown} {
		mustSucceed(t, terraform.validateExport(values{"id": id}))
	}
	mustFail(t, terraform.validateExport(nil), "id", "Missing Configuration for Required Attribute")
}

func TestOnlyLinksAreSensitiveAndEveryAttributeIsDescribed(t *testing.T) {
	t.Parallel()
	var check func(prefix string, attributes []*tfprotov6.SchemaAttribute)
	check = func(prefix string, attributes []*tfprotov6.SchemaAttribute) {
		for _, attribute := range attributes {
			name := prefix + attribute.Name
			if attribute.Sensitive != strings.HasSuffix(name, "links.href") {
				t.Errorf("%s: sensitive is %t", name, attribute.Sensitive)
			}
			if attribute.Description == "" {
				t.Errorf("%s has no description", name)
			}
			if attribute.NestedType != nil {
				check(name+".", attribute.NestedType.Attributes)
			}
		}
	}
	schemas := speak(t, in(rebillytest.NewFor(t), nil)).schema
	for kind, objects := range map[string]map[string]*tfprotov6.Schema{
		"data": schemas.DataSourceSchemas, "ephemeral": schemas.EphemeralResourceSchemas, "resource": schemas.ResourceSchemas,
	} {
		for name, schema := range objects {
			check(kind+"."+name+".", schema.Block.Attributes)
		}
	}
}

func TestDiagnosticsSayWhatCameWhatItMeansAndWhatToDo(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		attributes values
		fault      rebillytest.Fault
		attribute  string
		want       []string
	}{
		"401": {
			nil, rebillytest.Problem(401, "Unauthorized", "Unknown key "+rebillytest.SecretKey), "",
			[]string{"Status: 401", "Title: Unauthorized", "Detail: Unknown key ***", "Instance: /problems/01HXC7MKK4GCS6WRRXY4X9CRMK", "came from the attribute api_key", "revoked", "the live environment"},
		},
		"403": {
			values{"organization_id": "org_eu"},
			rebillytest.Problem(403, "Forbidden", "No permission."), "",
			[]string{"Status: 403", "Detail: No permission.", "permission", "the attribute api_key", "the organization org_eu"},
		},
		"404": {
			values{"organization_id": "org_eu", "environment": "sandbox"},
			rebillytest.Problem(404, "Not Found", "No such export."), "id",
			[]string{"Status: 404", "Detail: No such export.", exportID, "the organization org_eu", "the sandbox environment", "organization_id", "environment"},
		},
		"404 of another host": {
			values{"base_url": "https://gateway.example.com"},
			rebillytest.Answer(404, "text/html", "<h1>nginx</h1>"), "id",
			[]string{`text/html that begins with "<h1>nginx</h1>"`, "https://gateway.example.com", "the credential's default organization"},
		},
		"422": {
			nil, rebillytest.Answer(422, "application/problem+json", `{"title":"Invalid","invalidFields":[{"field":"id","message":"is odd"}]}`), "",
			[]string{"Status: 422", "Title: Invalid", "Invalid field id: is odd", "refused the request"},
		},
		"429 beyond the time allowed": {
			nil, rebillytest.RateLimited(time.Now().Add(24 * time.Hour)), "",
			[]string{"Status: 429", "from " + time.Now().Add(24*time.Hour).UTC().Format("2006-01-02T"), "10m0s", "-parallelism"},
		},
		"429 to the end": {
			nil, rebillytest.RateLimited(time.Time{}), "",
			[]string{"Status: 429", "rate limit", "-parallelism", "max_retries"},
		},
		"503 to the end": {
			nil, rebillytest.Problem(503, "Service Unavailable", "Moving."), "",
			[]string{"Status: 503", "Detail: Moving.", "Rebilly's side"},
		},
		"redirect": {
			nil, rebillytest.Redirect(302, "https://login.example.com/?key="+rebillytest.SecretKey), "",
			[]string{"https://login.example.com", "does not hand the credential to another host", "base_url"},
		},
		"no export": {
			nil, rebillytest.JSON(`{"_links":[{"href":"https://files.example.com/` + rebillytest.SignedLinkSecret + `"}]}`), "",
			[]string{`its field "id" is missing`, "Nothing of such an answer is used"},
		},
		"another export": {
			nil, rebillytest.JSON(`{"id":"other","status":"queued"}`), "",
			[]string{`it is the export "other"`},
		},
		"connection": {
			nil, rebillytest.Cut(), "",
			[]string{"no answer from api.rebilly.com after 5 attempts", "HTTPS_PROXY", "request_timeout"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.FailAlways(test.fault)
			attributes, diagnostics := configured(t, api, test.attributes).read(exportID)
			mustFail(t, diagnostics, test.attribute, append(test.want, "Unable to Read Organization Export")...)
			for name, value := range attributes {
				if name != "id" && value.IsKnown() && !value.IsNull() {
					t.Errorf("the failed read left %s in the state: %s", name, value)
				}
			}
		})
	}
}

func TestADiagnosticNamesTheVariableThatACredentialCameFrom(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.FailAlways(rebillytest.Problem(401, "Unauthorized", ""))
	terraform := speak(t, in(api, map[string]string{jwtVariable: rebillytest.JWT}))
	mustSucceed(t, terraform.configure(nil))
	_, diagnostics := terraform.read(exportID)
	mustFail(t, diagnostics, "", "came from the environment variable REBILLY_JWT")
}

func TestAnInterruptedReadSaysSo(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.FailAlways(rebillytest.Hang())
	terraform := configured(t, api, nil)
	var cancel context.CancelFunc
	terraform.ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	_, diagnostics := terraform.read(exportID)
	mustFail(t, diagnostics, "", "Terraform was interrupted")
}

func waitForX(timeout string) values {
	arguments := values{"id": "x", "wait_for_completion": true}
	if timeout != "" {
		arguments["timeouts"] = map[string]tftypes.Value{"read": tftypes.NewValue(tftypes.String, timeout)}
	}

	return arguments
}

func TestADataSourceWaitsOnlyIfAskedTo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		wait any
		want string
	}{"asked to": {true, "completed"}, "asked not to": {false, "pending"}, "not asked": {nil, "pending"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			terraform := configured(t, rebillytest.NewWaitingFor(t, "completed"), nil)
			attributes, diagnostics := terraform.readWith(values{"id": "x", "wait_for_completion": test.wait})
			mustSucceed(t, diagnostics)
			if got := plain(t, attributes["status"]); got != test.want {
				t.Errorf("the status is %v, want %s", got, test.want)
			}
		})
	}
}

func TestWaitingInVainSaysWhatBecameOfTheExport(t *testing.T) {
	t.Parallel()
	times := "requested 2026-03-14T09:26:53Z, last changed "
	tests := map[string]struct {
		end, timeout string
		faults       []rebillytest.Fault
		attribute    string
		want         []string
	}{
		"failed":   {"failed", "", nil, "", []string{"the export x is failed", times, "Request another export"}},
		"expired":  {"expired", "", nil, "", []string{"the export x is expired", times}},
		"too long": {"processing", "600ms", nil, "", []string{"the export x was still processing after 1s", times, "Raise the timeouts"}},
		"gone": {
			"completed", "",
			[]rebillytest.Fault{rebillytest.JSON(`{"id":"x","status":"queued"}`), rebillytest.Problem(404, "Not Found", "")},
			"id",
			[]string{"Status: 404", "There is no such export there"},
		},
		"credential expired": {
			"completed", "",
			[]rebillytest.Fault{rebillytest.JSON(`{"id":"x","status":"queued"}`), rebillytest.Problem(401, "Unauthorized", "Token expired.")},
			"",
			[]string{"Status: 401", "Token expired.", "the attribute api_key"},
		},
		"outage at the end": {
			"completed", "600ms", slices.Concat([]rebillytest.Fault{rebillytest.JSON(`{"id":"x","status":"queued"}`)}, slices.Repeat([]rebillytest.Fault{rebillytest.Problem(503, "Busy", "")}, 9999)), "",
			[]string{"the export x was still queued after 1s; the last look at it failed", "503 Busy"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewWaitingFor(t, test.end)
			api.Fail(test.faults...)
			_, diagnostics := configured(t, api, nil).readWith(waitForX(test.timeout))
			mustFail(t, diagnostics, test.attribute, append(test.want, "Unable to Read Organization Export")...)
		})
	}
}

func TestWaitingOutlastsARateLimit(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewWaitingFor(t, "completed")
	api.Fail(rebillytest.JSON(`{"id":"x","status":"queued"}`), rebillytest.RateLimited(time.Time{}), rebillytest.RateLimited(time.Time{}))
	attributes, diagnostics := configured(t, api, nil).readWith(waitForX(""))
	mustSucceed(t, diagnostics)
	if got := plain(t, attributes["status"]); got != "completed" {
		t.Errorf("the status is %v", got)
	}
}
