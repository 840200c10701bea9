package provider

import (
	"context"
	"maps"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

const (
	exportID   = rebillytest.ExportID
	objectType = "rebilly_organization_export"
	listType   = "rebilly_organization_exports"
)

// environment returns a getenv that has the given variables and no others.
func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

// inMemory returns the options of a provider that calls api without a network and has
// the given environment variables.
func inMemory(api http.Handler, variables map[string]string) options {
	return options{
		getenv:       environment(variables),
		clientConfig: rebilly.Config{Transport: rebillytest.Transport(api), RetryWait: time.Millisecond, PollWait: time.Millisecond},
	}
}

// must returns the result of a call that does not fail, such as one that reads a file of
// this repository. The provider's errors are diagnostics.
func must[T any](result T, err error) T {
	if err != nil {
		panic(err)
	}

	return result
}

// protocol calls the provider in process, by the protocol that Terraform uses. Its
// methods return what Terraform keeps of the response, and the diagnostics.
type protocol struct {
	t      testing.TB
	ctx    context.Context
	server frameworkServer
	schema *tfprotov6.GetProviderSchemaResponse
}

// startProvider starts the provider with the given options. It is not configured.
func startProvider(tb testing.TB, opts options) protocol {
	tb.Helper()
	server := must(newWrappedServer("1.2.3", opts, true))
	schema := must(server.GetProviderSchema(tb.Context(), &tfprotov6.GetProviderSchemaRequest{}))
	mustSucceed(tb, schema.Diagnostics)

	return protocol{t: tb, ctx: tb.Context(), server: server, schema: schema}
}

// wrapped returns the server as it is served.
func (p protocol) wrapped() wrappedServer { return p.server.(wrappedServer) } //nolint:errcheck,forcetypeassert // See startProvider.

// configured returns a provider that calls api with a secret API key and the
// given provider arguments.
func configured(tb testing.TB, api http.Handler, attributes values) protocol {
	tb.Helper()

	return configuredWith(tb, inMemory(api, nil), attributes)
}

// configuredWith returns a provider with the given options, an API key, and the given
// arguments.
func configuredWith(tb testing.TB, opts options, attributes values) protocol {
	tb.Helper()
	terraform := startProvider(tb, opts)
	mustSucceed(tb, terraform.configure(values{"api_key": rebillytest.SecretKey}.with(attributes)))

	return terraform
}

// values are the attributes of an object or a block. Attributes that are left
// out are null.
type values map[string]any

// with returns the values, and others, which take precedence.
func (v values) with(others values) values {
	all := values{}
	maps.Copy(all, v)
	maps.Copy(all, others)

	return all
}

var unknown = tftypes.UnknownValue

// object returns the value of an object of the given schema.
func (p protocol) object(schema *tfprotov6.Schema, attributes values) *tfprotov6.DynamicValue {
	return new(must(tfprotov6.NewDynamicValue(schema.ValueType(), p.block(schema.ValueType(), attributes))))
}

// null returns the null object of the given schema.
func null(schema *tfprotov6.Schema) *tfprotov6.DynamicValue {
	return new(must(tfprotov6.NewDynamicValue(schema.ValueType(), tftypes.NewValue(schema.ValueType(), nil))))
}

// block returns the value of an object or a single nested block.
func (p protocol) block(blockType tftypes.Type, attributes values) tftypes.Value {
	filled := map[string]tftypes.Value{}
	for name, attributeType := range blockType.(tftypes.Object).AttributeTypes { //nolint:errcheck,forcetypeassert // Blocks are objects.
		switch value := attributes[name].(type) {
		case tftypes.Value:
			filled[name] = value
		case values:
			filled[name] = p.block(attributeType, value)
		default:
			filled[name] = tftypes.NewValue(attributeType, value)
		}
	}

	return tftypes.NewValue(blockType, filled)
}

func (p protocol) validate(attributes values) []*tfprotov6.Diagnostic {
	return mustNotShowDiagnostics(p.t, must(p.server.ValidateProviderConfig(p.ctx, &tfprotov6.ValidateProviderConfigRequest{
		Config: p.object(p.schema.Provider, attributes),
	})).Diagnostics)
}

func (p protocol) configure(attributes values) []*tfprotov6.Diagnostic {
	return p.configureBy("1.11.4", attributes, false)
}

// configureBy is configure by a CLI of the given version, which may allow the
// provider to defer what it does not know yet.
func (p protocol) configureBy(version string, attributes values, deferralAllowed bool) []*tfprotov6.Diagnostic {
	return mustNotShowDiagnostics(p.t, must(p.server.ConfigureProvider(p.ctx, &tfprotov6.ConfigureProviderRequest{
		TerraformVersion:   version,
		Config:             p.object(p.schema.Provider, attributes),
		ClientCapabilities: &tfprotov6.ConfigureProviderClientCapabilities{DeferralAllowed: deferralAllowed},
	})).Diagnostics)
}

func (p protocol) validateExport(attributes values) []*tfprotov6.Diagnostic {
	return p.validateData(objectType, attributes)
}

func (p protocol) validateData(typeName string, attributes values) []*tfprotov6.Diagnostic {
	return must(p.server.ValidateDataResourceConfig(p.ctx, &tfprotov6.ValidateDataResourceConfigRequest{
		TypeName: typeName, Config: p.object(p.schema.DataSourceSchemas[typeName], attributes),
	})).Diagnostics
}

func (p protocol) validateResource(attributes values) []*tfprotov6.Diagnostic {
	return must(p.server.ValidateResourceConfig(p.ctx, &tfprotov6.ValidateResourceConfigRequest{
		TypeName: objectType, Config: p.object(p.schema.ResourceSchemas[objectType], attributes),
	})).Diagnostics
}

func (p protocol) readWith(arguments values) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	return p.readData(objectType, arguments)
}

func (p protocol) readList(arguments values) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	return p.readData(listType, arguments)
}

func (p protocol) readData(typeName string, arguments values) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	schema := p.schema.DataSourceSchemas[typeName]
	response := must(p.server.ReadDataSource(p.ctx, &tfprotov6.ReadDataSourceRequest{
		TypeName: typeName, Config: p.object(schema, arguments),
	}))
	mustNotShowDiagnostics(p.t, response.Diagnostics)

	return p.attributes(schema, response.State), response.Diagnostics
}

func (p protocol) openWith(arguments values) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	schema := p.schema.EphemeralResourceSchemas[objectType]
	response := must(p.server.OpenEphemeralResource(p.ctx, &tfprotov6.OpenEphemeralResourceRequest{
		TypeName: objectType, Config: p.object(schema, arguments),
	}))
	mustNotShowDiagnostics(p.t, response.Diagnostics)

	return p.attributes(schema, response.Result), response.Diagnostics
}

// attributes returns the attributes of an object. A null object has none.
func (p protocol) attributes(schema *tfprotov6.Schema, object *tfprotov6.DynamicValue) map[string]tftypes.Value {
	if object == nil {
		return nil
	}

	return as[map[string]tftypes.Value](p.t, must(object.Unmarshal(schema.ValueType())))
}

// plain converts a Terraform value to Go's types: null to nil, numbers to their
// exact decimal text.
func plain(tb testing.TB, value tftypes.Value) any {
	tb.Helper()
	if value.IsNull() {
		return nil
	}
	switch {
	case value.Type().Is(tftypes.String):
		return as[string](tb, value)
	case value.Type().Is(tftypes.Bool):
		return as[bool](tb, value)
	case value.Type().Is(tftypes.List{}):
		list := []any{}
		for _, element := range as[[]tftypes.Value](tb, value) {
			list = append(list, plain(tb, element))
		}

		return list
	case value.Type().Is(tftypes.Object{}), value.Type().Is(tftypes.Map{}):
		return plainAll(tb, as[map[string]tftypes.Value](tb, value))
	default:
		return as[*big.Float](tb, value).Text('f', -1)
	}
}

func plainAll(tb testing.TB, attributes map[string]tftypes.Value) map[string]any {
	tb.Helper()
	all := map[string]any{}
	for name, attribute := range attributes {
		all[name] = plain(tb, attribute)
	}

	return all
}

func as[T any](tb testing.TB, value tftypes.Value) (result T) {
	tb.Helper()
	if err := value.As(&result); err != nil {
		tb.Fatal(err)
	}

	return result
}

// messages returns diagnostics as text: attribute, summary, and detail.
func messages(diagnostics []*tfprotov6.Diagnostic) string {
	var text strings.Builder
	for _, diagnostic := range diagnostics {
		text.WriteString(diagnostic.Attribute.String() + ": " + diagnostic.Summary + ": " + diagnostic.Detail + "\n")
	}

	return text.String()
}

// mustFail fails the test unless diagnostics are one error that contains all the
// given words. Attribute is the path that the error must have, such as
// "timeouts.read", or "" for no path.
func mustFail(tb testing.TB, diagnostics []*tfprotov6.Diagnostic, attribute string, words ...string) {
	tb.Helper()
	mustBeOne(tb, tfprotov6.DiagnosticSeverityError, diagnostics, attribute, words...)
}

func mustWarn(tb testing.TB, diagnostics []*tfprotov6.Diagnostic, attribute string, words ...string) {
	tb.Helper()
	mustBeOne(tb, tfprotov6.DiagnosticSeverityWarning, diagnostics, attribute, words...)
}

func mustBeOne(tb testing.TB, severity tfprotov6.DiagnosticSeverity, diagnostics []*tfprotov6.Diagnostic, attribute string, words ...string) {
	tb.Helper()
	mustNotShowDiagnostics(tb, diagnostics)
	if len(diagnostics) != 1 || diagnostics[0].Severity != severity {
		tb.Fatalf("got %d diagnostics, want one %s: %s", len(diagnostics), severity, messages(diagnostics))
	}
	var want *tftypes.AttributePath
	if attribute != "" {
		want = tftypes.NewAttributePath()
		for name := range strings.SplitSeq(attribute, ".") {
			want = want.WithAttributeName(name)
		}
	}
	if got := diagnostics[0].Attribute; got.String() != want.String() {
		tb.Errorf("the diagnostic has the path %q, want %q", got, want)
	}
	for _, word := range words {
		if !strings.Contains(messages(diagnostics), word) {
			tb.Errorf("the diagnostic lacks %q: %s", word, messages(diagnostics))
		}
	}
}

func mustSucceed(tb testing.TB, diagnostics []*tfprotov6.Diagnostic) {
	tb.Helper()
	if len(diagnostics) > 0 {
		tb.Fatalf("unexpected: %s", messages(diagnostics))
	}
}

// secrets may be in state and nowhere else.
var secrets = []string{rebillytest.SecretKey, rebillytest.JWT, rebillytest.ForbiddenKey, rebillytest.SignedLinkSecret}

func mustNotShow(tb testing.TB, what, text string, hidden ...string) {
	tb.Helper()
	for _, secret := range hidden {
		if at := strings.Index(text, secret); at >= 0 {
			tb.Errorf("%s shows a secret: ...%s", what, text[max(0, at-200):at+len(secret)])
		}
	}
}

// mustNotShowDiagnostics returns diagnostics that show no secrets.
func mustNotShowDiagnostics(tb testing.TB, diagnostics []*tfprotov6.Diagnostic) []*tfprotov6.Diagnostic {
	tb.Helper()
	mustNotShow(tb, "a diagnostic", messages(diagnostics), secrets...)

	return diagnostics
}
