package provider

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// updateVariable makes the test write the golden file instead of comparing.
const updateVariable = "REBILLY_TEST_UPDATE_GOLDEN"

// goldenDiagnostics returns one diagnostic of every kind.
func goldenDiagnostics(t *testing.T) []diag.Diagnostic {
	t.Helper()
	configured := &rebillyProvider{options: options{getenv: environment(nil)}}
	terraform, diags := configured.newProviderData(rebillyProviderModel{
		APIKey: types.StringValue(rebillytest.SecretKey), OrganizationID: types.StringValue("org_acme"),
	}, "1.11.4")
	if diags.HasError() {
		t.Fatal(diags)
	}
	const id = "org_exp_1"
	acme, none := types.StringValue("org_acme"), types.StringNull()
	created, retention := "2026-03-14T09:26:53Z", "2026-04-13T09:36:53Z"
	export := func(status string) *rebilly.OrganizationExport {
		return &rebilly.OrganizationExport{ID: id, Status: status, CreatedTime: &created, UpdatedTime: &created, RetentionTime: &retention}
	}
	problem := func(status int, title, detail string) *rebilly.Problem {
		return &rebilly.Problem{Status: status, Title: title, Detail: detail, IsProblemObject: true, Attempts: 5, RequestID: "req_1"}
	}
	later := func(status int, title string) *rebilly.RetryAfterError {
		late := problem(status, title, "")
		late.RetryAt = time.Date(2026, time.March, 14, 13, 0, 0, 0, time.FixedZone("", 3600))

		return &rebilly.RetryAfterError{Problem: late, Allowed: 10 * time.Minute}
	}
	timedOut := func(status string, cause error) *rebilly.TimeoutError {
		return &rebilly.TimeoutError{Export: export(status), Status: status, Waited: 30 * time.Minute, Cause: cause}
	}
	ended := func(status string) error { return &rebilly.TerminalStatusError{Export: export(status)} }
	notFound, forbidden, unavailable := problem(404, "Not Found", "Resource not found"), problem(403, "Forbidden", "No permission."), problem(503, "Service Unavailable", "")
	invalid := problem(422, "Validation Failed", "The filter is invalid.")
	invalid.Instance, invalid.InvalidFields = "/problems/1", []rebilly.InvalidField{{Field: "filter", Message: "is odd"}}
	sent := &rebilly.ConnectionError{Host: "api.rebilly.com", Attempts: 1, Sent: true}
	waited := timedOut("processing", nil)
	waited.Waited = 33 * time.Minute
	waited.Timeline = "queued 2m0s, processing 31m0s"
	model := func(status string, organizationID types.String) organizationExportModel {
		return newOrganizationExportModel(organizationID, export(status))
	}
	completed, unread := model("completed", acme), newOrganizationExportModel(acme, &rebilly.OrganizationExport{ID: id})
	here := lastRead{Requested: rebillytest.Created, BaseURL: terraform.client.BaseURL(), Credential: terraform.credential.Fingerprint()}

	found := append(configurationDiagnostics(t), terraform.readError(id, none, []string{"read"}, problem(401, "Unauthorized", "")))
	for _, err := range []error{
		forbidden,
		notFound,
		&rebilly.Problem{Status: 404, Title: "Not Found", Detail: "the response is not a problem object but text/html"},
		problem(429, "Too Many Requests", ""),
		later(429, "Too Many Requests"),
		unavailable,
		later(503, "Busy"),
		&rebilly.RedirectError{Target: "https://login.example.com:443"},
		&rebilly.InvalidResponseError{},
		&rebilly.ConnectionError{Host: "api.rebilly.com", Attempts: 5},
		&rebilly.DeadlineError{Host: "api.rebilly.com", Attempts: 2, LastStatus: 503},
		context.Canceled,
		ended("expired"),
		timedOut("queued", unavailable),
		os.ErrInvalid,
	} {
		found = append(found, terraform.readError(id, acme, []string{"read"}, err))
	}
	found = append(found,
		terraform.readError(id, none, nil, notFound),
		terraform.readError(id, acme, nil, &rebilly.DeadlineError{Host: "api.rebilly.com", Attempts: 2, LastStatus: 503}),
		terraform.fileError(id, acme, forbidden),
		terraform.linkError(id, acme, "Without include_links, the links are not read.", &rebilly.InvalidResponseError{}),
		terraform.listError(acme, forbidden),
		terraform.listError(acme, invalid),
		terraform.listError(acme, notFound),
		terraform.requestError(acme, "create", problem(422, "Validation error", "Invalid data sent.")),
		terraform.requestError(acme, "create", forbidden),
		terraform.requestError(acme, "create", later(429, "Too Many Requests")),
		terraform.requestError(acme, "create", &rebilly.DeadlineError{Host: "api.rebilly.com", Attempts: 2, LastStatus: 429}),
		terraform.requestError(acme, "create", unavailable),
		terraform.requestError(acme, "create", sent),
		terraform.requestError(none, "invoke", sent),
		terraform.requestError(none, "invoke", notFound),
		terraform.listError(none, &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}),
		terraform.listError(none, tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}),
		terraform.inProgressWarning(export("processing"), acme, timedOut("processing", nil)),
		terraform.inProgressWarning(export("archived"), acme, timedOut("archived", nil)),
		terraform.readAfterCreateError(export("failed"), acme, ended("failed")),
		terraform.inProgressWarning(export(""), acme, unavailable),
		terraform.inProgressWarning(export("queued"), acme, context.Canceled),
		terraform.updateError("update", export("completed"), acme, notFound),
		terraform.updateError("wait for", export("failed"), acme, ended("failed")),
		terraform.updateError("wait for", export("archived"), acme, timedOut("archived", nil)),
		terraform.updateError("wait for", export("queued"), acme, timedOut("queued", nil)),
		terraform.invokedError(id, acme, waited),
		terraform.invokedError(id, none, &rebilly.TerminalStatusError{Export: export("failed"), Timeline: "queued 1m0s"}),
		terraform.invokedError(id, none, forbidden),
		terraform.downloadError("org_exp 1", "export.zip", acme, rebilly.ValidateID("org_exp 1")),
	)
	for _, err := range []error{
		(&downloadOrganizationExportAction{terraform}).noFileError(export("queued")),
		(&downloadOrganizationExportAction{terraform}).noFileError(export("completed")),
		ended("expired"),
		notFound,
		forbidden,
		&fileRecordError{notFound},
		&fileRecordError{forbidden},
		&rebilly.DownloadError{Reason: "files.example.com refused two signed links in a row (403 Forbidden)", Attempts: 2},
		&fs.PathError{Op: "open", Path: "export.zip", Err: syscall.EISDIR},
	} {
		found = append(found, terraform.downloadError(id, "export.zip", acme, err))
	}

	return append(found,
		oddFilterWarning(path.Root("filter"), `"status=completed" has no colon; write field:value, such as status:completed`),
		fileNotProtectedWarning("The exported file was already there, and the mode of \"exports/audit.zip\" cannot be changed to 0600, so that others may be able to read it: operation not permitted.\n\nChange its owner or its mode, or use another path."),
		fileNotProtectedWarning("Every user of this machine can replace the files in \"exports/\", because its mode is 0777.\n\nWrite to a folder that only you can change, or set the sticky bit."),
		rotationWarning(completed, "720h"),
		statusWarning(model("expired", acme)),
		truncatedWarning(2006),
		truncatedWarning(1800),
		terraform.removedWarning(completed),
		terraform.removedWarning(model("completed", none)),
		terraform.unprovenError(completed, lastRead{BaseURL: rebilly.SandboxBaseURL}),
		terraform.unprovenError(completed, lastRead{BaseURL: terraform.client.BaseURL(), Credential: "another"}),
		terraform.unprovenError(completed, lastRead{Requested: rebillytest.Created}),
		terraform.unprovenError(completed, here),
		newExportError(completed, "organization_id", `organization_id changed from "org_acme" to "org_globex" while applying`),
		shortRotationWarning(types.StringValue("30m")),
		noServerTimeWarning(completed),
		noCreatedTimeWarning(completed),
		fileGapWarning(completed, types.StringValue("2026-04-13T09:26:53Z")),
		terraform.requestPlanWarning(acme),
		terraform.requestPlanWarning(types.StringUnknown()),
		organizationNotSetError("org_acme"),
		keptByRebillyWarning(completed),
		keptByRebillyWarning(model("expired", acme)),
		keptByRebillyWarning(model("failed", acme)),
		keptByRebillyWarning(unread),
		warnAboutTerraform("1.0.11")[0],
		rebillyProviderModel{APIKey: types.StringUnknown()}.unknown()[0],
	)
}

// configurationDiagnostics returns the diagnostics of configurations and of imports.
func configurationDiagnostics(t *testing.T) []diag.Diagnostic {
	t.Helper()
	configure := func(variables map[string]string) diag.Diagnostic {
		data, diags := (&rebillyProvider{options: options{getenv: environment(variables)}}).newProviderData(rebillyProviderModel{}, "1.11.4")
		if data != nil {
			diags.Append(data.missing...)
		}

		return diags[0]
	}
	var otherData diag.Diagnostics
	providerDataFrom("other", &otherData)
	found := []diag.Diagnostic{
		configure(nil),
		configure(map[string]string{apiKeyVariable: rebillytest.SecretKey, jwtVariable: rebillytest.JWT}),
		configure(map[string]string{environmentVariable: "test"}),
		configure(map[string]string{apiKeyVariable: "sk_live_x", environmentVariable: "sandbox"}),
		otherData[0],
	}
	terraform := configured(t, rebillytest.NewFor(t), nil)
	for _, diagnostics := range [][]*tfprotov6.Diagnostic{
		terraform.validate(values{"api_key": rebillytest.SecretKey, "jwt": rebillytest.JWT}),
		terraform.validate(values{"request_timeout": "30"}),
		terraform.validate(values{"max_retries": 1.5}),
		terraform.manage().importBy("a/b/c", nil),
		terraform.manage().importBy("https://api.rebilly.com/organization-exports/x", nil),
		terraform.manage().importBy("", map[string]string{"id": "org_acme/x"}),
	} {
		found = append(found, diag.NewErrorDiagnostic(diagnostics[0].Summary, diagnostics[0].Detail))
	}

	return found
}

// The golden file is every diagnostic as the user reads it.
func TestDiagnostics_golden(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	for _, diagnostic := range goldenDiagnostics(t) {
		attribute := ""
		if with, ok := diagnostic.(diag.DiagnosticWithPath); ok {
			attribute = "\nAttribute: " + with.Path().String()
		}
		fmt.Fprintf(&page, "%s: %s%s\n\n%s\n\n----\n\n", diagnostic.Severity(), diagnostic.Summary(), attribute, diagnostic.Detail())
		_, address, found := strings.Cut(diagnostic.Detail(), "\n\nSee "+troubleshooting)
		if diagnostic.Severity() == diag.SeverityError && !found || strings.Contains(address, "\n") {
			t.Errorf("%s does not end with the address of its section", diagnostic.Summary())
		}
	}
	name := filepath.Join("testdata", "diagnostics.golden")
	if os.Getenv(updateVariable) != "" {
		if err := os.WriteFile(name, page.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if difference := cmp.Diff(string(must(os.ReadFile(name))), page.String()); difference != "" {
		t.Errorf("the diagnostics differ from %s; read them, and run the test with %s=1 (-want +got):\n%s", name, updateVariable, difference)
	}
}

// The linter Vale does not see strings in Go code.
func TestWords_schemasAndDiagnostics(t *testing.T) {
	t.Parallel()
	texts := map[string]string{"diagnostics.golden": page(t, "../internal/provider/testdata/diagnostics.golden")}
	for name, attribute := range describedAttributes(t) {
		texts[name] = attribute.Description
	}
	rules := page(t, "../.vale/styles/Rebilly/Words.yml")
	patterns := regexp.MustCompile(`(?m)^  '(.+)': (.+)$`).FindAllStringSubmatch(rules, -1)
	if len(patterns) < 10 {
		t.Fatalf("%d words were found", len(patterns))
	}
	for _, pattern := range patterns {
		word := regexp.MustCompile("(?i)" + pattern[1])
		for name, text := range texts {
			if found := word.FindString(text); found != "" {
				t.Errorf("%s says %q; use %s", name, found, pattern[2])
			}
		}
	}
}
