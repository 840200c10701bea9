package provider

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// Whatever a diagnostic says, it has the same form: what failed, facts, what to
// do.
func TestDiagnostics_format(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	_, diagnostics := configured(t, api, values{"organization_id": "org_acme"}).read("org_exp_gone")
	want := `Could not read export "org_exp_gone": Rebilly returned 404 Not Found.

Organization: org_acme (from organization_id in the provider configuration)
Environment: live
Detail: There is no export org_exp_gone in this organization.
Instance: /problems/01HXC7MKK4GCS6WRRXY4X9CRMK

Check the ID, and check that the export belongs to this organization and environment.

See ` + troubleshooting + "export-not-found"
	mustFail(t, diagnostics, "id", "Export Not Found")
	if difference := cmp.Diff(want, diagnostics[0].Detail); difference != "" {
		t.Errorf("the detail differs (-want +got):\n%s", difference)
	}
}

func TestDiagnostics_read(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		attributes values
		fault      rebillytest.Fault
		attribute  string
		want       []string
	}{
		"400": {
			nil, rebillytest.Problem(400, "Bad Request", "No."), "",
			[]string{"Request Refused", "Rebilly returned 400 Bad Request.", "Detail: No."},
		},
		"401": {
			nil, rebillytest.Problem(401, "Unauthorized", "Unknown key "+rebillytest.SecretKey), "",
			[]string{
				"Invalid Rebilly Credential", "Rebilly returned 401 Unauthorized.", "Detail: Unknown key ***", "Instance: /problems/01HXC7MKK4GCS6WRRXY4X9CRMK",
				"Credential: api_key in the provider configuration", "revoked", "Environment: live",
				"Organization: default organization of the credential (from api_key in the provider configuration)",
			},
		},
		"403": {
			values{"organization_id": "org_eu"},
			rebillytest.Problem(403, "Forbidden", "No permission."), "",
			[]string{"Permission Denied", "Rebilly returned 403 Forbidden.", "Detail: No permission.", "Permission: GetOrganizationExport", "api_key", "Organization: org_eu"},
		},
		"404": {
			values{"organization_id": "org_eu", "environment": "sandbox"},
			rebillytest.Problem(404, "Not Found", "No such export."), "id",
			[]string{"Export Not Found", "Rebilly returned 404 Not Found.", "Detail: No such export.", exportID, "Organization: org_eu", "Environment: sandbox", "Check the ID"},
		},
		"404 with a page of HTML": {
			values{"base_url": "https://gateway.example.com"},
			rebillytest.NotFoundHTML(), "",
			[]string{
				"Unexpected Response", "the host returned 404 Not Found.", `text/html that begins with "<html> <head><title>404 Not Found`, "Environment: https://gateway.example.com",
				"This is not a response of Rebilly's API.",
			},
		},
		"404 without a problem object": {
			nil, rebillytest.NotFoundMessage(), "",
			[]string{"Unexpected Response", "the host returned 404 Not Found.", "This is not a response of Rebilly's API."},
		},
		"422": {
			nil, rebillytest.Respond(422, "application/problem+json", `{"title":"Invalid","invalidFields":[{"field":"id","message":"is odd"}]}`), "",
			[]string{"Request Refused", "Rebilly returned 422 Invalid.", "Invalid field id: is odd", "Correct the configuration"},
		},
		"429 with a delay above the limit": {
			nil, rebillytest.RateLimited(time.Now().Add(24 * time.Hour)), "",
			[]string{
				"Rate Limit Exceeded", "Rebilly returned 429 Rate Limit Exceeded.", "Retry at: " + time.Now().Add(24*time.Hour).UTC().Format("2006-01-02T"),
				"Longest delay allowed: 10m0s", "Run Terraform again after", "-parallelism",
			},
		},
		"429 for every attempt": {
			nil, rebillytest.RateLimited(time.Time{}), "",
			[]string{"Rate Limit Exceeded", "Rebilly returned 429 Rate Limit Exceeded.", "Run Terraform again later", "-parallelism", "max_retries"},
		},
		"503 for every attempt": {
			nil, rebillytest.Problem(503, "Service Unavailable", "Moving."), "",
			[]string{"Rebilly Unavailable", "Rebilly returned 503 Service Unavailable.", "Detail: Moving.", "remained after 5 attempts", "contact Rebilly's support"},
		},
		"502 of a gateway": {
			nil, rebillytest.Respond(502, "text/html", "<h1>Bad Gateway</h1>"), "",
			[]string{"Rebilly Unavailable", "the host returned 502 Bad Gateway.", "or of a gateway before it"},
		},
		"302": {
			nil, rebillytest.Redirect(302, "https://login.example.com/?key="+rebillytest.SecretKey), "",
			[]string{"Redirect Refused", "refused to follow a redirect to https://login.example.com:443", "sends the credential to the configured host only", "set base_url to it"},
		},
		"304": {
			nil, rebillytest.Respond(304, "", ""), "",
			[]string{"Unexpected Response", "the host returned 304 Not Modified.", "This is not a response of Rebilly's API."},
		},
		"no export": {
			nil, rebillytest.JSON(`{"_links":[{"href":"https://files.example.com/` + rebillytest.SignedLinkSecret + `"}]}`), "",
			[]string{"Unexpected Response", `its field "id" is missing`, "The provider did not use the response."},
		},
		"another export": {
			nil, rebillytest.JSON(`{"id":"other","status":"queued"}`), "",
			[]string{"Unexpected Response", `is the export "other"`},
		},
		"connection cut": {
			nil, rebillytest.Cut(), "",
			[]string{"Connection Failed", "no response from api.rebilly.com after 5 attempts", "HTTPS_PROXY", "request_timeout"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.FailAlways(test.fault)
			attributes, diagnostics := configured(t, api, test.attributes).read(exportID)
			mustFail(t, diagnostics, test.attribute, append(test.want, `Could not read export "`+exportID+`": `)...)
			nothingBut("id")(t, true, attributes)
		})
	}
}

func TestDiagnostics_list(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault rebillytest.Fault
		want  []string
	}{
		"401":           {rebillytest.Problem(401, "Unauthorized", ""), []string{"Invalid Rebilly Credential", "Credential: api_key in the provider configuration"}},
		"403":           {rebillytest.Problem(403, "Forbidden", ""), []string{"Permission Denied", "Permission: GetOrganizationExportCollection"}},
		"404":           {rebillytest.Problem(404, "Not Found", ""), []string{"Organization Not Found", "Rebilly returned 404 Not Found.", "Check that organization_id is right"}},
		"404 with HTML": {rebillytest.NotFoundHTML(), []string{"Unexpected Response", "the host returned 404 Not Found."}},
		"422": {
			rebillytest.Respond(422, "application/json", `{"title":"Invalid","invalidFields":[{"field":"filter","message":"unknown field"}]}`),
			[]string{"Request Refused", "Invalid field filter: unknown field"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.FailAlways(test.fault)
			_, diagnostics := configured(t, api, nil).readList(values{})
			mustFail(t, diagnostics, "", append(test.want, "Could not list exports: ", "Organization: default organization of the credential")...)
		})
	}
}

func TestDiagnostics_request(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault       rebillytest.Fault
		want        []string
		mayHaveDone bool
	}{
		"403":    {rebillytest.Problem(403, "Forbidden", "No."), []string{"Permission Denied", "Permission: PostOrganizationExport"}, false},
		"404":    {rebillytest.Problem(404, "Not Found", "No."), []string{"Organization Not Found", "Check that organization_id is right"}, false},
		"422":    {rebillytest.Problem(422, "Validation Failed", "No."), []string{"Request Refused"}, false},
		"503":    {rebillytest.Problem(503, "Busy", ""), []string{"Rebilly Unavailable", "The provider sends a request for an export only once."}, true},
		"cut":    {rebillytest.Cut(), []string{"Connection Failed", "after 1 attempt"}, true},
		"no ID":  {rebillytest.JSON(`{}`), []string{"Unexpected Response"}, true},
		"moved":  {rebillytest.Redirect(307, "https://login.example.com/"), []string{"Redirect Refused"}, true},
		"in use": {rebillytest.RateLimited(time.Now().Add(time.Hour)), []string{"Rate Limit Exceeded", "Run Terraform again after"}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.FailAlways(test.fault)
			export := configured(t, api, nil).manage()
			diagnostics := export.apply(values{"organization_id": "org_eu"})
			mustFail(t, diagnostics, "", append(test.want, "Could not request an export: ", "Organization: org_eu\n")...)
			text := messages(diagnostics)
			for _, words := range []string{
				"Rebilly may have received the request, and nothing is in state.", "rebilly_organization_exports",
				"terraform import rebilly_organization_export.NAME org_eu/ID.",
			} {
				if strings.Contains(text, words) != test.mayHaveDone {
					t.Errorf("it says %q: %t: %s", words, !test.mayHaveDone, text)
				}
			}
			if strings.Contains(text, "attempts. ") {
				t.Errorf("it says that a POST was retried: %s", text)
			}
			if export.exists() {
				t.Errorf("the state is %v", export.current())
			}
		})
	}
}

func TestDiagnostics_requestMayHaveBeenCarriedOut(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		want bool
	}{
		"refused":            {&rebilly.Problem{Status: http.StatusUnprocessableEntity}, false},
		"not authorized":     {&rebilly.Problem{Status: http.StatusUnauthorized}, false},
		"too many requests":  {&rebilly.RetryAfterError{Problem: &rebilly.Problem{Status: http.StatusTooManyRequests}}, false},
		"failed at Rebilly":  {&rebilly.Problem{Status: http.StatusInternalServerError}, true},
		"no response":        {&rebilly.ConnectionError{Sent: true}, true},
		"no connection":      {&rebilly.ConnectionError{}, false},
		"unusable response":  {&rebilly.InvalidResponseError{}, true},
		"interrupted before": {context.Canceled, false},
		"timed out before":   {&rebilly.DeadlineError{}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			detail := (&providerData{}).requestError(types.StringNull(), "create", test.err).Detail()
			if got := strings.Contains(detail, "may have received the request"); got != test.want {
				t.Errorf("it says: %s", detail)
			}
			if test.want && !strings.Contains(detail, "terraform import rebilly_organization_export.NAME ID.") {
				t.Errorf("it does not say how to import the export: %s", detail)
			}
		})
	}
}

func TestDiagnostics_credentialFromTheEnvironment(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.FailAlways(rebillytest.Problem(401, "Unauthorized", ""))
	terraform := startProvider(t, inMemory(api, map[string]string{jwtVariable: rebillytest.JWT}))
	mustSucceed(t, terraform.configure(nil))
	_, diagnostics := terraform.read(exportID)
	mustFail(t, diagnostics, "", "Invalid Rebilly Credential", "Credential: the environment variable REBILLY_JWT")
}

func TestDiagnostics_interruptedRead(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.FailAlways(rebillytest.Hang())
	terraform := configured(t, api, nil)
	var cancel context.CancelFunc
	terraform.ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	_, diagnostics := terraform.read(exportID)
	mustFail(t, diagnostics, "", "Interrupted", `Could not read export "`+exportID+`": Terraform was interrupted.`)
}

func TestDiagnostics_unexpectedError(t *testing.T) {
	t.Parallel()
	diagnostic := (&providerData{environment: "live"}).readError("x", types.StringNull(), nil, http.ErrSchemeMismatch)
	if diagnostic.Summary() != "Unexpected Error" || !strings.Contains(diagnostic.Detail(), "Report this to the provider's developers.") {
		t.Errorf("got %s: %s", diagnostic.Summary(), diagnostic.Detail())
	}
}

func TestReadError_retryAfterOfAnOutage(t *testing.T) {
	t.Parallel()
	problem := &rebilly.Problem{
		Status: 503, Title: "Busy", IsProblemObject: true, RetryAt: time.Date(2026, time.January, 31, 3, 25, 0, 0, time.FixedZone("", 3600)),
	}
	detail := (&providerData{}).readError("x", types.StringNull(), nil, &rebilly.RetryAfterError{Problem: problem, Allowed: time.Minute}).Detail()
	if !strings.Contains(detail, "Run Terraform again after 2026-01-31T02:25:00Z.") || strings.Contains(detail, "rate limit") {
		t.Errorf("got %s", detail)
	}
}
