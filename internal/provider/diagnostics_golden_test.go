package provider

import (
	"bytes"
	"context"
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
	acme, none := types.StringValue("org_acme"), types.StringNull()
	created, retention := "2026-03-14T09:26:53Z", "2026-04-13T09:36:53Z"
	export := func(status string) *rebilly.OrganizationExport {
		return &rebilly.OrganizationExport{ID: "org_exp_1", Status: status, CreatedTime: &created, UpdatedTime: &created, RetentionTime: &retention}
	}
	problem := func(status int, title, detail string) *rebilly.Problem {
		return &rebilly.Problem{Status: status, Title: title, Detail: detail, IsProblemObject: true, Attempts: 5, RequestID: "req_1"}
	}
	late := problem(429, "Too Many Requests", "")
	late.RetryAt = time.Date(2026, time.March, 14, 12, 0, 0, 0, time.UTC)
	model := organizationExportModel{
		ID: types.StringValue("org_exp_1"), OrganizationID: acme, Status: types.StringValue("completed"),
		CreatedTime: types.StringValue(created), RetentionTime: types.StringValue(retention),
	}
	expired := model
	expired.Status = types.StringValue("expired")
	unknownOrganization := model
	unknownOrganization.OrganizationID = none

	return append(configurationDiagnostics(t),
		terraform.readError("org_exp_1", none, []string{"read"}, problem(401, "Unauthorized", "")),
		terraform.readError("org_exp_1", acme, []string{"read"}, problem(403, "Forbidden", "No permission.")),
		terraform.readError("org_exp_1", acme, []string{"read"}, problem(404, "Not Found", "Resource not found")),
		terraform.readError("org_exp_1", acme, []string{"read"}, &rebilly.Problem{Status: 404, Title: "Not Found", Detail: "the response is not a problem object but text/html"}),
		terraform.readError("org_exp_1", acme, []string{"read"}, problem(429, "Too Many Requests", "")),
		terraform.readError("org_exp_1", acme, []string{"read"}, &rebilly.RetryAfterError{Problem: late, Allowed: 10 * time.Minute}),
		terraform.readError("org_exp_1", acme, []string{"read"}, problem(503, "Service Unavailable", "")),
		terraform.readError("org_exp_1", acme, []string{"read"}, &rebilly.RedirectError{Target: "https://login.example.com:443"}),
		terraform.readError("org_exp_1", acme, []string{"read"}, &rebilly.InvalidResponseError{}),
		terraform.readError("org_exp_1", acme, []string{"read"}, &rebilly.ConnectionError{Host: "api.rebilly.com", Attempts: 5}),
		terraform.readError("org_exp_1", acme, []string{"read"}, &rebilly.DeadlineError{Host: "api.rebilly.com", Attempts: 2, LastStatus: 503}),
		terraform.readError("org_exp_1", acme, nil, &rebilly.DeadlineError{Host: "api.rebilly.com", Attempts: 2, LastStatus: 503}),
		terraform.readError("org_exp_1", acme, []string{"read"}, context.Canceled),
		terraform.readError("org_exp_1", acme, []string{"read"}, &rebilly.TerminalStatusError{Export: export("expired")}),
		terraform.readError("org_exp_1", acme, []string{"read"}, os.ErrInvalid),
		terraform.fileError("org_exp_1", acme, problem(403, "Forbidden", "No permission.")),
		terraform.listError(acme, problem(422, "Validation Failed", "The filter is invalid.")),
		terraform.listError(acme, problem(404, "Not Found", "Resource not found")),
		terraform.requestError(acme, "create", problem(503, "Service Unavailable", "")),
		terraform.requestError(acme, "create", &rebilly.ConnectionError{Host: "api.rebilly.com", Attempts: 1, Sent: true}),
		terraform.inProgressWarning(export("processing"), acme, &rebilly.TimeoutError{Export: export("processing"), Status: "processing", Waited: 30 * time.Minute}),
		terraform.inProgressWarning(export("archived"), acme, &rebilly.TimeoutError{Export: export("archived"), Status: "archived", Waited: 30 * time.Minute}),
		terraform.readAfterCreateError(export("failed"), acme, &rebilly.TerminalStatusError{Export: export("failed")}),
		terraform.inProgressWarning(export(""), acme, problem(503, "Service Unavailable", "")),
		terraform.inProgressWarning(export("queued"), acme, context.Canceled),
		terraform.updateError(export("completed"), acme, problem(404, "Not Found", "Resource not found")),
		terraform.updateError(export("archived"), acme, &rebilly.TimeoutError{Export: export("archived"), Status: "archived", Waited: 30 * time.Minute}),
		terraform.updateError(export("queued"), acme, &rebilly.TimeoutError{Export: export("queued"), Status: "queued", Waited: 30 * time.Minute}),
		terraform.invokedError("org_exp_1", acme, &rebilly.TimeoutError{
			Export: export("processing"), Status: "processing", Waited: 33 * time.Minute,
			Timeline: rebilly.Timeline{{Status: "queued", Duration: 2 * time.Minute}, {Status: "processing", Duration: 31 * time.Minute}},
		}),
		terraform.invokedError("org_exp_1", none, &rebilly.TerminalStatusError{Export: export("failed"), Timeline: rebilly.Timeline{
			{Status: "queued", Duration: time.Minute}, {Status: "failed"},
		}}),
		terraform.invokedError("org_exp_1", none, problem(403, "Forbidden", "No permission.")),
		terraform.downloadError("org_exp 1", "export.zip", acme, rebilly.ValidateID("org_exp 1")),
		terraform.downloadError("org_exp_1", "export.zip", acme, &notCompletedError{export("queued"), "queued"}),
		terraform.downloadError("org_exp_1", "export.zip", acme, &notCompletedError{export("completed"), "completed"}),
		terraform.downloadError("org_exp_1", "export.zip", acme, &rebilly.TerminalStatusError{Export: export("expired")}),
		terraform.downloadError("org_exp_1", "export.zip", acme, problem(404, "Not Found", "Resource not found")),
		terraform.downloadError("org_exp_1", "export.zip", acme, &fileRecordError{problem(404, "Not Found", "Resource not found")}),
		terraform.downloadError("org_exp_1", "export.zip", acme, &fileRecordError{problem(403, "Forbidden", "No permission.")}),
		terraform.downloadError("org_exp_1", "export.zip", acme, &rebilly.DownloadError{Reason: "files.example.com refused two signed links in a row (403 Forbidden)", Attempts: 2}),
		terraform.downloadError("org_exp_1", "export.zip", acme, &fs.PathError{Op: "open", Path: "export.zip", Err: syscall.EISDIR}),
		oddFilterWarning(path.Root("filter"), `"status=completed" is not field:value`),
		fileNotProtectedWarning("The exported file was already there, and the mode of \"exports/audit.zip\" cannot be changed to 0600, so that others may be able to read it: operation not permitted.\n\nChange its owner or its mode, or use another path."),
		fileNotProtectedWarning("Every user of this machine can replace the files in \"exports/\", because its mode is 0777.\n\nWrite to a folder that only you can change, or set the sticky bit."),
		rotationWarning(model, "720h"),
		statusWarning(expired),
		truncatedWarning(2006),
		truncatedWarning(1800),
		terraform.removedWarning(model),
		terraform.removedWarning(unknownOrganization),
		terraform.unprovenError(model, lastRead{baseURL: rebilly.SandboxBaseURL}),
		terraform.unprovenError(model, lastRead{baseURL: terraform.client.BaseURL(), credential: "another"}),
		terraform.unprovenError(model, lastRead{requested: rebillytest.Created}),
		terraform.unprovenError(model, lastRead{requested: rebillytest.Created, baseURL: terraform.client.BaseURL(), credential: terraform.credential.Fingerprint()}),
		newExportError(model, "organization_id", `organization_id changed from "org_acme" to "org_globex" while applying`),
		shortRotationWarning(types.StringValue("30m")),
		noServerTimeWarning(model),
		noCreatedTimeWarning(model),
		fileGapWarning(model, types.StringValue("2026-04-13T09:26:53Z")),
		terraform.requestPlanWarning(acme),
		terraform.requestPlanWarning(types.StringUnknown()),
		organizationNotSetError("org_acme"),
		keptByRebillyWarning(model),
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
	_, otherData := providerDataFrom("other")
	terraform := configured(t, rebillytest.NewFor(t), nil)
	found := []diag.Diagnostic{
		configure(nil),
		configure(map[string]string{apiKeyVariable: rebillytest.SecretKey, jwtVariable: rebillytest.JWT}),
		configure(map[string]string{environmentVariable: "test"}),
		configure(map[string]string{apiKeyVariable: "sk_live_x", environmentVariable: "sandbox"}),
		otherData[0],
	}
	for _, diagnostics := range [][]*tfprotov6.Diagnostic{
		terraform.validate(values{"api_key": rebillytest.SecretKey, "jwt": rebillytest.JWT}),
		terraform.validate(values{"request_timeout": "30"}),
		terraform.manage().importBy("a/b/c", nil),
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
		fmt.Fprintf(&page, "%s: %s\n\n%s\n\n----\n\n", diagnostic.Severity(), diagnostic.Summary(), diagnostic.Detail())
	}
	for _, diagnostic := range goldenDiagnostics(t) {
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
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if difference := cmp.Diff(string(want), page.String()); difference != "" {
		t.Errorf("the diagnostics differ from %s; read them, and run the test with %s=1 (-want +got):\n%s", name, updateVariable, difference)
	}
}

// The linter Vale does not see strings in Go code.
func TestWords_schemasAndDiagnostics(t *testing.T) {
	t.Parallel()
	rules, err := os.ReadFile(filepath.Join("..", "..", ".vale", "styles", "Rebilly", "Words.yml"))
	if err != nil {
		t.Fatal(err)
	}
	texts := describedAttributes(t)
	for _, diagnostic := range goldenDiagnostics(t) {
		texts["the diagnostic "+diagnostic.Summary()] = diagnostic.Summary() + " " + diagnostic.Detail()
	}
	patterns := regexp.MustCompile(`(?m)^  '(.+)': (.+)$`).FindAllStringSubmatch(string(rules), -1)
	if len(patterns) < 10 {
		t.Fatalf("%d words were found", len(patterns))
	}
	for _, pattern := range patterns {
		word := regexp.MustCompile("(?i)" + pattern[1])
		for name, text := range texts {
			if found := word.FindString(text); found != "" {
				t.Errorf("%s says %q; use %s: %s", name, found, pattern[2], strings.ReplaceAll(text, "\n", " "))
			}
		}
	}
}

// describedAttributes returns the description of every attribute, by name.
func describedAttributes(t *testing.T) map[string]string {
	t.Helper()
	schemas := startProvider(t, inMemory(rebillytest.NewFor(t), nil)).schema
	descriptions := map[string]string{}
	var collect func(prefix string, attributes []*tfprotov6.SchemaAttribute)
	collect = func(prefix string, attributes []*tfprotov6.SchemaAttribute) {
		for _, attribute := range attributes {
			descriptions[prefix+attribute.Name] = attribute.Description
			if attribute.NestedType != nil {
				collect(prefix+attribute.Name+".", attribute.NestedType.Attributes)
			}
		}
	}
	collect("provider.", schemas.Provider.Block.Attributes)
	for kind, objects := range describedSchemas(schemas) {
		for name, schema := range objects {
			descriptions[kind+"."+name] = schema.Block.Description
			collect(kind+"."+name+".", schema.Block.Attributes)
			for _, block := range schema.Block.BlockTypes {
				collect(kind+"."+name+"."+block.TypeName+".", block.Block.Attributes)
			}
		}
	}

	return descriptions
}
