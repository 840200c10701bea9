package provider

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// managed is one instance of the resource rebilly_organization_export, with what
// Terraform keeps of it between two runs.
type managed struct {
	protocol

	schema   *tfprotov6.Schema
	state    *tfprotov6.DynamicValue
	private  []byte
	identity *tfprotov6.ResourceIdentityData
}

// planned is the plan of a change.
type planned struct {
	attributes map[string]tftypes.Value
	// replaces are the attributes that force a replacement, sorted.
	replaces    []string
	diagnostics []*tfprotov6.Diagnostic

	response *tfprotov6.PlanResourceChangeResponse
}

// manage returns an instance that is not created yet.
func (p protocol) manage() *managed {
	instance := &managed{protocol: p, schema: p.schema.ResourceSchemas[objectType]}
	instance.state = instance.nothing()

	return instance
}

func (m *managed) nothing() *tfprotov6.DynamicValue { return null(m.schema) }

func (m *managed) exists() bool { return len(m.current()) > 0 }

// current returns the attributes in state; none if there is no instance.
func (m *managed) current() map[string]tftypes.Value { return m.attributes(m.schema, m.state) }

// plan plans a change to the given arguments, as Terraform does.
func (m *managed) plan(arguments values) planned {
	return m.planFrom(m.state, m.private, m.identity, arguments)
}

func (m *managed) planFrom(prior *tfprotov6.DynamicValue, private []byte, identity *tfprotov6.ResourceIdentityData, arguments values) planned {
	config := m.object(m.schema, arguments)

	return m.planChange(&tfprotov6.PlanResourceChangeRequest{
		TypeName: objectType, PriorState: prior, PriorPrivate: private, PriorIdentity: identity, Config: config,
		ProposedNewState: m.proposed(m.attributes(m.schema, prior), m.attributes(m.schema, config)),
	})
}

// proposed returns what Terraform proposes: the configuration, and the prior values of
// computed attributes that it lacks.
func (p protocol) proposed(prior, config map[string]tftypes.Value) *tfprotov6.DynamicValue {
	schema, merged := p.schema.ResourceSchemas[objectType], values{}
	for name, value := range config {
		merged[name] = value
	}
	for _, attribute := range schema.Block.Attributes {
		if before, exists := prior[attribute.Name]; exists && attribute.Computed && config[attribute.Name].IsNull() {
			merged[attribute.Name] = before
		}
	}

	return p.object(schema, merged)
}

func (m *managed) planDestroy() planned {
	return m.planChange(&tfprotov6.PlanResourceChangeRequest{
		TypeName: objectType, PriorState: m.state, PriorPrivate: m.private, PriorIdentity: m.identity,
		ProposedNewState: m.nothing(), Config: m.nothing(),
	})
}

func (m *managed) planChange(request *tfprotov6.PlanResourceChangeRequest) planned {
	response := must(m.server.PlanResourceChange(m.ctx, request))
	mustNotShowDiagnostics(m.t, response.Diagnostics)
	result := planned{diagnostics: response.Diagnostics, response: response, attributes: m.attributes(m.schema, response.PlannedState)}
	for _, path := range response.RequiresReplace {
		name := strings.TrimPrefix(path.String(), `AttributeName("`)
		result.replaces = append(result.replaces, strings.TrimSuffix(name, `")`))
	}
	slices.Sort(result.replaces)

	return result
}

// apply plans a change to the given arguments, carries it out, and returns the
// diagnostics of both. A plan that replaces the instance drops the old one
// and is made again without it, as Terraform does.
func (m *managed) apply(arguments values) []*tfprotov6.Diagnostic {
	m.t.Helper()
	plan := m.plan(arguments)
	if len(plan.replaces) > 0 {
		m.state, m.private, m.identity = m.nothing(), nil, nil
		plan = m.planFrom(m.state, nil, nil, arguments)
	}
	if hasError(plan.diagnostics) {
		return plan.diagnostics
	}
	before := m.attributes(m.schema, plan.response.PlannedState)
	response := must(m.server.ApplyResourceChange(m.ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: objectType, PriorState: m.state, PlannedState: plan.response.PlannedState, Config: m.object(m.schema, arguments),
		PlannedPrivate: plan.response.PlannedPrivate, PlannedIdentity: plan.response.PlannedIdentity,
	}))
	mustNotShowDiagnostics(m.t, response.Diagnostics)
	m.state, m.private, m.identity = response.NewState, response.Private, response.NewIdentity
	if !hasError(response.Diagnostics) {
		// What Terraform calls an inconsistent result after apply.
		for name, after := range m.current() {
			if before[name].IsFullyKnown() && !before[name].Equal(after) {
				m.t.Errorf("%s was planned as %s and is %s after apply", name, before[name], after)
			}
		}
	}
	m.checkIdentity()

	return append(plan.diagnostics, response.Diagnostics...)
}

// checkIdentity fails the test if the identity of the export in state is not its
// own.
func (m *managed) checkIdentity() {
	if m.exists() {
		m.identityIs(m.id(), plain(m.t, m.current()["organization_id"]))
	}
}

func (m *managed) refresh() []*tfprotov6.Diagnostic {
	response := must(m.server.ReadResource(m.ctx, &tfprotov6.ReadResourceRequest{
		TypeName: objectType, CurrentState: m.state, Private: m.private, CurrentIdentity: m.identity,
	}))
	mustNotShowDiagnostics(m.t, response.Diagnostics)
	if !hasError(response.Diagnostics) {
		m.state, m.private, m.identity = response.NewState, response.Private, response.NewIdentity
		m.checkIdentity()
	}

	return response.Diagnostics
}

// importBy imports the instance by an ID, or by an identity if there is one, and reads
// it.
func (m *managed) importBy(id string, identity map[string]string) []*tfprotov6.Diagnostic {
	request := &tfprotov6.ImportResourceStateRequest{TypeName: objectType, ID: id}
	if identity != nil {
		request.Identity = m.identityOf(identity)
	}
	response := must(m.server.ImportResourceState(m.ctx, request))
	mustNotShowDiagnostics(m.t, response.Diagnostics)
	if hasError(response.Diagnostics) {
		return response.Diagnostics
	}
	imported := response.ImportedResources[0]
	m.state, m.private, m.identity = imported.State, imported.Private, imported.Identity

	return append(response.Diagnostics, m.refresh()...)
}

var identityType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String, "organization_id": tftypes.String}}

// identityOf returns an identity; an attribute that is not there is null.
func (m *managed) identityOf(attributes map[string]string) *tfprotov6.ResourceIdentityData {
	members := map[string]tftypes.Value{}
	for name := range identityType.AttributeTypes {
		members[name] = tftypes.NewValue(tftypes.String, nil)
		if value, ok := attributes[name]; ok {
			members[name] = tftypes.NewValue(tftypes.String, value)
		}
	}

	return &tfprotov6.ResourceIdentityData{IdentityData: new(must(tfprotov6.NewDynamicValue(identityType, tftypes.NewValue(identityType, members))))}
}

func hasError(diagnostics []*tfprotov6.Diagnostic) bool {
	return slices.ContainsFunc(diagnostics, func(diagnostic *tfprotov6.Diagnostic) bool {
		return diagnostic.Severity == tfprotov6.DiagnosticSeverityError
	})
}

// configuredFor returns a provider whose default organization is in the
// environment variable. An empty one means the credential's.
func configuredFor(t *testing.T, api http.Handler, organization string) protocol {
	t.Helper()

	return configuredWith(t, inMemory(api, map[string]string{organizationIDVariable: organization}), nil)
}

// restart returns the instance as the next run of Terraform finds it, with a
// provider that is configured in another way.
func (m *managed) restart(next protocol) *managed {
	instance := *m
	instance.protocol = next

	return &instance
}

// id returns the ID of the export in state.
func (m *managed) id() string {
	m.t.Helper()

	return as[string](m.t, m.current()["id"])
}

// exportsPath returns the path of an organization's exports, or of one of them.
// An empty organization means the credential's.
func exportsPath(organization string, id ...string) string {
	elements := append([]string{"organization-exports"}, id...)
	if organization != "" {
		elements = append([]string{"organizations", organization}, elements...)
	}

	return "/" + strings.Join(elements, "/")
}

// sentSince returns the method and the path of every request after the first
// ones.
func sentSince(api *rebillytest.API, first int) []string {
	var lines []string
	for _, request := range api.Requests()[first:] {
		lines = append(lines, request.Method+" "+request.Path)
	}

	return lines
}

func mustHaveSent(t *testing.T, api *rebillytest.API, first int, want ...string) {
	t.Helper()
	mustEqual(t, "the requests", want, sentSince(api, first))
}

// mustPlanNothing fails the test unless the plan is the state.
func mustPlanNothing(t *testing.T, instance *managed, plan planned) {
	t.Helper()
	mustSucceed(t, plan.diagnostics)
	for name, want := range instance.current() {
		if got := plan.attributes[name]; !got.Equal(want) {
			t.Errorf("%s is planned as %s and is %s", name, got, want)
		}
	}
}

// mustReplace fails the test unless these attributes alone force a replacement.
func mustReplace(t *testing.T, plan planned, attributes ...string) {
	t.Helper()
	mustEqual(t, "what forces a replacement", attributes, plan.replaces)
}

// unknowns returns the names of the attributes that the plan does not know,
// sorted.
func (p planned) unknowns() []string {
	var names []string
	for name, value := range p.attributes {
		if !value.IsFullyKnown() {
			names = append(names, name)
		}
	}

	return slices.Sorted(slices.Values(names))
}

func (m *managed) identityIs(id string, organization any) {
	m.t.Helper()
	m.mustIdentify(m.identity, id, organization)
}

func (m *managed) mustIdentify(identity *tfprotov6.ResourceIdentityData, id string, organization any) {
	m.t.Helper()
	value := must(identity.IdentityData.Unmarshal(identityType))
	mustEqual(m.t, "the identity", any(map[string]any{"id": id, "organization_id": organization}), plain(m.t, value))
}
