package provider

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

const (
	exportID   = rebillytest.ExportID
	objectType = "rebilly_organization_export"
)

// environment returns a getenv that knows the given variables and no others.
func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

// in returns the surroundings of a provider that reaches api without a
// network and is given the environment variables.
func in(api http.Handler, variables map[string]string) surroundings {
	return surroundings{
		getenv:    environment(variables),
		transport: rebillytest.Transport(api),
		retryWait: time.Millisecond,
		pollWait:  time.Millisecond,
	}
}

// protocol is the provider as Terraform talks to it, in process.
type protocol struct {
	t      testing.TB
	ctx    context.Context
	server tfprotov6.ProviderServer
	schema *tfprotov6.GetProviderSchemaResponse
}

// speak starts the provider in the given surroundings.
func speak(tb testing.TB, world surroundings) protocol {
	tb.Helper()
	server, err := providerserver.NewProtocol6WithError(newIn("1.2.3", world)())()
	if err != nil {
		tb.Fatal(err)
	}
	schema, err := server.GetProviderSchema(tb.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(schema.Diagnostics) > 0 {
		tb.Fatalf("GetProviderSchema: %v %v", err, messages(schema.Diagnostics))
	}

	return protocol{t: tb, ctx: tb.Context(), server: server, schema: schema}
}

// values are attributes of an object; those left out are null.
type values map[string]any

var unknown = tftypes.UnknownValue

func (p protocol) object(schema *tfprotov6.Schema, attributes values) *tfprotov6.DynamicValue {
	p.t.Helper()
	kind, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		p.t.Fatalf("the schema is of %T", schema.ValueType())
	}
	filled := map[string]tftypes.Value{}
	for name, attributeType := range kind.AttributeTypes {
		filled[name] = tftypes.NewValue(attributeType, attributes[name])
	}
	value, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, filled))
	if err != nil {
		p.t.Fatal(err)
	}

	return &value
}

// validate returns the errors that terraform validate shows for the provider.
func (p protocol) validate(attributes values) []*tfprotov6.Diagnostic {
	p.t.Helper()
	answer, err := p.server.ValidateProviderConfig(p.ctx, &tfprotov6.ValidateProviderConfigRequest{
		Config: p.object(p.schema.Provider, attributes),
	})
	if err != nil {
		p.t.Fatal(err)
	}

	return answer.Diagnostics
}

// configure returns the errors of configuring the provider.
func (p protocol) configure(attributes values) []*tfprotov6.Diagnostic {
	p.t.Helper()

	return p.configureBy("1.11.4", attributes, false)
}

// configureBy is configure by a CLI of the given version, which may allow that
// what cannot be known yet is deferred.
func (p protocol) configureBy(version string, attributes values, deferralAllowed bool) []*tfprotov6.Diagnostic {
	p.t.Helper()
	answer, err := p.server.ConfigureProvider(p.ctx, &tfprotov6.ConfigureProviderRequest{
		TerraformVersion:   version,
		Config:             p.object(p.schema.Provider, attributes),
		ClientCapabilities: &tfprotov6.ConfigureProviderClientCapabilities{DeferralAllowed: deferralAllowed},
	})
	if err != nil {
		p.t.Fatal(err)
	}

	return answer.Diagnostics
}

// validateExport returns the errors that terraform validate shows for a data
// source rebilly_organization_export.
func (p protocol) validateExport(attributes values) []*tfprotov6.Diagnostic {
	p.t.Helper()
	answer, err := p.server.ValidateDataResourceConfig(p.ctx, &tfprotov6.ValidateDataResourceConfigRequest{
		TypeName: objectType,
		Config:   p.object(p.schema.DataSourceSchemas[objectType], attributes),
	})
	if err != nil {
		p.t.Fatal(err)
	}

	return answer.Diagnostics
}

// read reads the export with the given id and returns the state's attributes.
func (p protocol) read(id string) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	p.t.Helper()

	return p.readWith(values{"id": id})
}

// readWith reads the data source rebilly_organization_export with the given
// arguments.
func (p protocol) readWith(arguments values) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	p.t.Helper()

	return p.readData(objectType, arguments)
}

// readList reads the data source rebilly_organization_exports.
func (p protocol) readList(arguments values) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	p.t.Helper()
	if fields, ok := arguments["sort"].([]string); ok {
		var list []tftypes.Value
		for _, field := range fields {
			list = append(list, tftypes.NewValue(tftypes.String, field))
		}
		arguments["sort"] = list
	}

	return p.readData("rebilly_organization_exports", arguments)
}

func (p protocol) readData(typeName string, arguments values) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	p.t.Helper()
	schema := p.schema.DataSourceSchemas[typeName]
	answer, err := p.server.ReadDataSource(p.ctx, &tfprotov6.ReadDataSourceRequest{
		TypeName: typeName,
		Config:   p.object(schema, arguments),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	mustNotShowDiagnostics(p.t, answer.Diagnostics)

	return p.attributes(schema, answer.State), answer.Diagnostics
}

// open opens the ephemeral resource for the export with the given id and
// returns its result's attributes.
func (p protocol) open(id string) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	p.t.Helper()
	schema := p.schema.EphemeralResourceSchemas[objectType]
	answer, err := p.server.OpenEphemeralResource(p.ctx, &tfprotov6.OpenEphemeralResourceRequest{
		TypeName: objectType,
		Config:   p.object(schema, values{"id": id}),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	mustNotShowDiagnostics(p.t, answer.Diagnostics)

	return p.attributes(schema, answer.Result), answer.Diagnostics
}

// attributes returns the attributes of an object, or nothing for none.
func (p protocol) attributes(schema *tfprotov6.Schema, object *tfprotov6.DynamicValue) map[string]tftypes.Value {
	p.t.Helper()
	attributes := map[string]tftypes.Value{}
	if object == nil {
		return attributes
	}
	value, err := object.Unmarshal(schema.ValueType())
	if err != nil {
		p.t.Fatal(err)
	}
	if err := value.As(&attributes); err != nil {
		p.t.Fatal(err)
	}

	return attributes
}

// messages returns diagnostics as text: attribute, summary and detail.
func messages(diagnostics []*tfprotov6.Diagnostic) string {
	var text strings.Builder
	for _, diagnostic := range diagnostics {
		text.WriteString(diagnostic.Attribute.String() + ": " + diagnostic.Summary + ": " + diagnostic.Detail + "\n")
	}

	return text.String()
}

// mustFail fails the test where diagnostics are not of one error with all of
// the given words. Attribute is where it must point to, such as "timeouts.read",
// "" for nowhere.
func mustFail(t *testing.T, diagnostics []*tfprotov6.Diagnostic, attribute string, words ...string) {
	t.Helper()
	mustNotShowDiagnostics(t, diagnostics)
	if len(diagnostics) != 1 || diagnostics[0].Severity != tfprotov6.DiagnosticSeverityError {
		t.Fatalf("got %d diagnostics, want one error: %s", len(diagnostics), messages(diagnostics))
	}
	var want *tftypes.AttributePath
	if attribute != "" {
		want = tftypes.NewAttributePath()
		for name := range strings.SplitSeq(attribute, ".") {
			want = want.WithAttributeName(name)
		}
	}
	if got := diagnostics[0].Attribute; got.String() != want.String() {
		t.Errorf("the error points to %q, want %q", got, want)
	}
	for _, word := range words {
		if !strings.Contains(messages(diagnostics), word) {
			t.Errorf("the error lacks %q: %s", word, messages(diagnostics))
		}
	}
}

func mustSucceed(tb testing.TB, diagnostics []*tfprotov6.Diagnostic) {
	tb.Helper()
	if len(diagnostics) > 0 {
		tb.Fatalf("unexpected: %s", messages(diagnostics))
	}
}

// secrets may stand in a state and nowhere else.
var secrets = []string{rebillytest.SecretKey, rebillytest.JWT, rebillytest.ForbiddenKey, rebillytest.SignedLinkSecret}

func mustNotShow(tb testing.TB, what, text string, hidden ...string) {
	tb.Helper()
	for _, secret := range hidden {
		if at := strings.Index(text, secret); at >= 0 {
			tb.Errorf("%s shows a secret: ...%s", what, text[max(0, at-200):at+len(secret)])
		}
	}
}

func mustNotShowDiagnostics(tb testing.TB, diagnostics []*tfprotov6.Diagnostic) {
	tb.Helper()
	mustNotShow(tb, "a diagnostic", messages(diagnostics), secrets...)
}
