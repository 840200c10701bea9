package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

var (
	_ action.ActionWithConfigure  = (*requestOrganizationExportAction)(nil)
	_ action.ActionWithModifyPlan = (*requestOrganizationExportAction)(nil)
)

// requestOrganizationExportAction is the action
// rebilly_request_organization_export.
type requestOrganizationExportAction struct {
	data *providerData
}

type requestOrganizationExportActionModel struct {
	OrganizationID    types.String   `tfsdk:"organization_id"`
	IncludeFiles      types.Bool     `tfsdk:"include_files"`
	WaitForCompletion types.Bool     `tfsdk:"wait_for_completion"`
	Timeouts          timeouts.Value `tfsdk:"timeouts"`
}

func newRequestOrganizationExportAction() action.Action {
	return &requestOrganizationExportAction{}
}

func (a *requestOrganizationExportAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_request_organization_export"
}

func (a *requestOrganizationExportAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Requests an organization data export (`POST /organization-exports`), and waits for its completion. " +
			"Every invocation requests a new export.",
		Attributes: map[string]schema.Attribute{
			"organization_id": schema.StringAttribute{Optional: true, MarkdownDescription: organizationIDDescription, Validators: []validator.String{validOrgID}},
			"include_files":   schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether to include the organization's files. Defaults to `false`."},
			"wait_for_completion": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether to wait until the export is `completed`, and to fail if it is `failed` or `expired`. Defaults to `true`.",
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": schema.SingleNestedBlock{
				CustomType: timeouts.Type{ObjectType: types.ObjectType{AttrTypes: map[string]attr.Type{"invoke": types.StringType}}},
				Attributes: map[string]schema.Attribute{
					"invoke": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "Time limit for the request and for the wait, including retries, as a [Go duration](https://pkg.go.dev/time#ParseDuration) such as `90m` or `2h`. The next invocation requests another export. Defaults to `60m`.",
						Validators:          []validator.String{validDuration},
					},
				},
			},
		},
	}
}

func (a *requestOrganizationExportAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.data = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

// ModifyPlan implements action.ActionWithModifyPlan. It refuses invalid arguments,
// and says which organization they mean, before the plan is approved.
func (a *requestOrganizationExportAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	var config requestOrganizationExportActionModel
	resp.Diagnostics.Append(getActionConfig(ctx, req.Config, &config)...)
	if config.OrganizationID.IsNull() {
		resp.Diagnostics.Append(a.data.requestPlanWarning(a.data.organizationFor(config.OrganizationID)))
	}
}

// validate returns an error for every known argument that is invalid.
func (m requestOrganizationExportActionModel) validate() diag.Diagnostics {
	return append(validOrgID.check(path.Root("organization_id"), m.OrganizationID), checkInvokeTimeout(m.Timeouts.Object)...)
}

// Invoke implements action.Action. It calls the API operation
// PostOrganizationExport once, and GetOrganizationExport until the export is
// completed. The first progress message has the ID of the export.
func (a *requestOrganizationExportAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config requestOrganizationExportActionModel
	resp.Diagnostics.Append(getActionConfig(ctx, req.Config, &config)...)
	organizationID := a.data.organizationFor(config.OrganizationID)
	resp.Diagnostics.Append(a.data.ready(organizationID)...)
	if resp.Diagnostics.HasError() {
		return
	}
	// The configuration is valid, and so is its timeout.
	timeout, _ := config.Timeouts.Invoke(ctx, defaultExportTimeout)

	defer a.data.requests.begin()()
	ctx, cancel := a.data.withTimeout(ctx, timeout)
	defer cancel()
	export, err := a.data.client.CreateOrganizationExport(ctx, organizationID.ValueString(), config.IncludeFiles.ValueBool())
	if unread, ok := errors.AsType[*rebilly.ReadAfterRequestError](err); ok {
		sendProgress(ctx, resp, "Requested export %s.", unread.ID)
		resp.Diagnostics.Append(a.data.invokedError(unread.ID, organizationID, unread.Err))

		return
	}
	if err != nil {
		resp.Diagnostics.Append(a.data.requestError(organizationID, "invoke", err))

		return
	}
	tflog.Info(ctx, "Requested an organization export", map[string]any{"id": export.ID})
	sendProgress(ctx, resp, "Requested export %s; its status is %s.", export.ID, a.data.client.ShownStatus(export))
	switch wait := config.WaitForCompletion.IsNull() || config.WaitForCompletion.ValueBool(); {
	case wait:
		export, err = a.data.client.WaitForOrganizationExport(ctx, organizationID.ValueString(), export, statusProgress(ctx, resp, export))
	case isInterrupted(ctx):
		// The message with the ID was not sent.
		err = ctx.Err()
	}
	if err != nil {
		resp.Diagnostics.Append(a.data.invokedError(export.ID, organizationID, err))
	}
}
