package provider

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

var (
	_ resource.ResourceWithConfigure      = (*organizationExportResource)(nil)
	_ resource.ResourceWithIdentity       = (*organizationExportResource)(nil)
	_ resource.ResourceWithImportState    = (*organizationExportResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*organizationExportResource)(nil)
	_ resource.ResourceWithValidateConfig = (*organizationExportResource)(nil)
)

// organizationExportResource is the managed resource
// rebilly_organization_export: a requested export and its record. Rebilly has no
// operation that changes or deletes an export.
type organizationExportResource struct {
	data *providerData
}

type organizationExportResourceModel struct {
	organizationExportModel

	IncludeFiles      types.Bool     `tfsdk:"include_files"`
	Triggers          types.Map      `tfsdk:"triggers"`
	RotateAfter       types.String   `tfsdk:"rotate_after"`
	RotationTime      types.String   `tfsdk:"rotation_time"`
	ReplaceOnStatus   types.Set      `tfsdk:"replace_on_status"`
	WaitForCompletion types.Bool     `tfsdk:"wait_for_completion"`
	Timeouts          timeouts.Value `tfsdk:"timeouts"`
}

// organizationExportIdentityModel is the resource identity of an export.
type organizationExportIdentityModel struct {
	ID             types.String `tfsdk:"id"`
	OrganizationID types.String `tfsdk:"organization_id"`
}

// timeoutTypes are the types of the timeouts block.
var timeoutTypes = map[string]attr.Type{"create": types.StringType, "update": types.StringType}

// minRotateAfter is the shortest age without a warning.
const minRotateAfter = time.Hour

func newOrganizationExportResource() resource.Resource {
	return &organizationExportResource{}
}

func (r *organizationExportResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_export"
	// An export of the credential's default organization can get its
	// organization ID later.
	resp.ResourceBehavior.MutableIdentity = true
}

func (r *organizationExportResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	keepString := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Requests an organization data export (`POST /organization-exports`), waits for its completion, and keeps its record. " +
			"Rebilly has no operation that deletes an export: destroying the resource only removes it from state. " +
			"The resource does not have the signed link; the ephemeral resource `rebilly_organization_export` reads it.",
		Attributes: map[string]schema.Attribute{
			"organization_id": schema.StringAttribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: organizationIDDescription + " " +
					"Changing this from one organization to another forces a new export to be requested.",
				Validators: []validator.String{validOrgID},
			},
			"include_files": schema.BoolAttribute{
				Optional: true,
				Computed: true,
				MarkdownDescription: "Whether to include the organization's files. Defaults to `false`. " +
					"Changing this forces a new export to be requested. It is null for an imported export until the configuration sets it.",
			},
			"triggers": schema.MapAttribute{
				ElementType: types.StringType,
				Optional:    true,
				MarkdownDescription: "Map of arbitrary values, such as a version. Changing this forces a new export to be requested. " +
					"The first `triggers` of an imported export do not.",
				Validators: []validator.Map{mapvalidator.ValueStringsAre(validTrigger)},
			},
			"rotate_after": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Age at which the next plan replaces the export with a new one, as a [Go duration](https://pkg.go.dev/time#ParseDuration) such as `720h`. " +
					"The age is counted from `created_time`, on Rebilly's clock, also for an imported export. Without a `created_time`, the export is not replaced.",
				Validators: []validator.String{validDuration},
			},
			"rotation_time": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Time from which a plan replaces the export, as an RFC 3339 timestamp. Null without `rotate_after`.",
			},
			"replace_on_status": schema.SetAttribute{
				ElementType: types.StringType,
				Optional:    true,
				MarkdownDescription: "Statuses at which the next plan replaces the export with a new one: `expired`, `failed`, or both. " +
					"Without it, an expired or failed export stays in state.",
				Validators: []validator.Set{
					setvalidator.NoNullValues(),
					setvalidator.ValueStringsAre(validStatus),
				},
			},
			"wait_for_completion": schema.BoolAttribute{
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(true),
				MarkdownDescription: "Whether to wait until the export is `completed`, and to fail if it is `failed` or `expired`. " +
					"If the wait ends before, the export is in state, and the next plan is an update that waits for it. Defaults to `true`.",
			},
			"id":             schema.StringAttribute{Computed: true, MarkdownDescription: idDescription, PlanModifiers: keepString},
			"user_id":        schema.StringAttribute{Computed: true, MarkdownDescription: userIDDescription, PlanModifiers: keepString},
			"file_id":        schema.StringAttribute{Computed: true, MarkdownDescription: fileIDDescription, PlanModifiers: keepString},
			"status":         schema.StringAttribute{Computed: true, MarkdownDescription: statusDescription, PlanModifiers: keepString},
			"created_time":   schema.StringAttribute{Computed: true, MarkdownDescription: createdTimeDescription, PlanModifiers: keepString},
			"updated_time":   schema.StringAttribute{Computed: true, MarkdownDescription: updatedTimeDescription, PlanModifiers: keepString},
			"retention_time": schema.StringAttribute{Computed: true, MarkdownDescription: retentionTimeDescription, PlanModifiers: keepString},
			"record_counts": schema.MapAttribute{
				ElementType: types.Int64Type, Computed: true, MarkdownDescription: recordCountsDescription,
				PlanModifiers: []planmodifier.Map{mapplanmodifier.UseStateForUnknown()},
			},
			"resources": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: resourcesDescription,
				PlanModifiers:       []planmodifier.List{listplanmodifier.UseStateForUnknown()},
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"type":         schema.StringAttribute{Computed: true, MarkdownDescription: typeDescription},
					"record_count": schema.Int64Attribute{Computed: true, MarkdownDescription: recordCountDescription},
				}},
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": schema.SingleNestedBlock{
				CustomType: timeouts.Type{ObjectType: types.ObjectType{AttrTypes: timeoutTypes}},
				Attributes: map[string]schema.Attribute{
					"create": schema.StringAttribute{Optional: true, MarkdownDescription: exportTimeoutDescription, Validators: []validator.String{validDuration}},
					"update": schema.StringAttribute{Optional: true, MarkdownDescription: exportTimeoutDescription, Validators: []validator.String{validDuration}},
				},
			},
		},
	}
}

func (r *organizationExportResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"id": identityschema.StringAttribute{RequiredForImport: true, Description: "ID of the export."},
			"organization_id": identityschema.StringAttribute{
				OptionalForImport: true,
				Description:       "ID of the organization. Defaults to the provider's organization_id, or else to the credential's default organization.",
			},
		},
	}
}

func (r *organizationExportResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.data = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

func (r *organizationExportResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config organizationExportResourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if age, err := time.ParseDuration(config.RotateAfter.ValueString()); err == nil && age > 0 && age < minRotateAfter {
		resp.Diagnostics.Append(shortRotationWarning(config.RotateAfter))
	}
}

// Create implements resource.Resource. It calls the API operation
// PostOrganizationExport once, and GetOrganizationExport until the export is
// completed. From the response to the first call on, the export is in state, and
// only a failed or expired export is an error: Terraform taints what fails to be
// created, and the next apply would request another export.
func (r *organizationExportResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan organizationExportResourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	timeout, diags := plan.Timeouts.Create(ctx, defaultExportTimeout)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(r.data.ready(plan.OrganizationID)...)
	if resp.Diagnostics.HasError() {
		return
	}

	defer r.data.requests.begin()()
	request := ctx
	ctx, cancel := r.data.withTimeout(request, timeout)
	defer cancel()
	export, err := r.data.client.CreateOrganizationExport(ctx, plan.OrganizationID.ValueString(), plan.IncludeFiles.ValueBool())
	unread, isUnread := errors.AsType[*rebilly.ReadAfterRequestError](err)
	switch {
	case isUnread:
		export, err = &rebilly.OrganizationExport{ID: unread.ID}, unread.Err
	case err != nil:
		resp.Diagnostics.Append(r.data.requestError(plan.OrganizationID, "create", err))

		return
	}
	requestedTime := cmp.Or(export.ResponseTime, time.Now())
	save := func() {
		plan.organizationExportModel = newOrganizationExportModel(plan.OrganizationID, export)
		plan.RotationTime = rotationTime(plan.RotateAfter, plan.CreatedTime)
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, plan.organizationExportModel)...)
	}
	save()
	r.data.markCurrent(export.ID)
	tflog.Info(ctx, "Requested an organization export. If Terraform or the provider is killed before the export is in state, import it: "+
		"terraform import rebilly_organization_export.NAME "+importID(plan.OrganizationID, export.ID), map[string]any{"id": export.ID})

	if err == nil && plan.WaitForCompletion.ValueBool() {
		export, err = r.data.client.WaitForOrganizationExport(ctx, plan.OrganizationID.ValueString(), export, nil)
		save()
	}
	resp.Diagnostics.Append(r.data.setLastRead(ctx, resp.Private, lastRead{Requested: requestedTime}, export.Read)...)
	if is[*rebilly.TerminalStatusError](err) {
		resp.Diagnostics.Append(r.data.readAfterCreateError(export, plan.OrganizationID, err))
	} else if err != nil {
		r.data.awaitStop(request)
		resp.Diagnostics.Append(r.data.inProgressWarning(export, plan.OrganizationID, err))
	}
	resp.Diagnostics.Append(plan.warnAboutRotation()...)
}

// Read implements resource.Resource. It calls the API operation
// GetOrganizationExport. Only proof that the export is absent removes it from
// state; see provesAbsence and isNew.
func (r *organizationExportResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state organizationExportResourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(r.data.ready(state.OrganizationID)...)
	last, diags := getPrivate[lastRead](ctx, req.Private, privateLastRead)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	ctx, cancel := r.data.withTimeout(ctx, defaultTimeout)
	defer cancel()
	// A state of Terraform before 1.12 has no identity.
	resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, state.organizationExportModel)...)
	read := r.data.client.GetOrganizationExport
	if r.data.provesAbsence(last) {
		read = r.data.client.FindOrganizationExport
	}
	export, err := read(ctx, state.OrganizationID.ValueString(), state.ID.ValueString())
	switch {
	case rebilly.IsNotFound(err) && r.data.provesAbsence(last) && !isNew(last, err):
		resp.Diagnostics.Append(r.data.removedWarning(state.organizationExportModel))
		resp.State.RemoveResource(ctx)

		return
	case rebilly.IsNotFound(err) && last != lastRead{}:
		resp.Diagnostics.Append(r.data.unprovenError(state.organizationExportModel, last))

		return
	case err != nil:
		// An export that was never read is being imported.
		resp.Diagnostics.Append(r.data.readError(state.ID.ValueString(), state.OrganizationID, nil, err))

		return
	}

	r.data.markCurrent(export.ID)
	refreshed := newOrganizationExportModel(state.OrganizationID, export)
	refreshed.CreatedTime = keepSpelling(state.CreatedTime, refreshed.CreatedTime)
	refreshed.UpdatedTime = keepSpelling(state.UpdatedTime, refreshed.UpdatedTime)
	refreshed.RetentionTime = keepSpelling(state.RetentionTime, refreshed.RetentionTime)
	state.organizationExportModel = refreshed
	state.RotationTime = rotationTime(state.RotateAfter, state.CreatedTime)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	if serverTime := export.ResponseTime; !serverTime.IsZero() && serverTime.Before(last.Requested) {
		// It is from the clock of a machine that was ahead.
		last.Requested = serverTime
	}
	resp.Diagnostics.Append(r.data.setLastRead(ctx, resp.Private, last, true)...)
	resp.Diagnostics.Append(setDue(ctx, resp.Private, state, last.Requested, export.ResponseTime)...)
}

// keepSpelling returns prior if refreshed is the same instant in another
// spelling, so that nothing that depends on it changes.
func keepSpelling(prior, refreshed types.String) types.String {
	before, priorErr := time.Parse(time.RFC3339, prior.ValueString())
	after, refreshedErr := time.Parse(time.RFC3339, refreshed.ValueString())
	if priorErr == nil && refreshedErr == nil && before.Equal(after) {
		return prior
	}

	return refreshed
}

// Update implements resource.Resource. It calls the API operation
// GetOrganizationExport if the plan needs it: once to confirm an organization
// ID that was null before, and until the export is completed if the plan leaves
// its status unknown.
func (r *organizationExportResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state organizationExportResourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := plan.Timeouts.Update(ctx, defaultExportTimeout)
	resp.Diagnostics.Append(diags...)
	last, diags := getPrivate[lastRead](ctx, req.Private, privateLastRead)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	if plan.Status.IsUnknown() || !plan.OrganizationID.Equal(state.OrganizationID) {
		if resp.Diagnostics.Append(r.data.ready(plan.OrganizationID)...); resp.Diagnostics.HasError() {
			return
		}
		ctx, cancel := r.data.withTimeout(ctx, timeout)
		defer cancel()
		export, err := r.data.client.GetOrganizationExport(ctx, plan.OrganizationID.ValueString(), state.ID.ValueString())
		if err != nil {
			resp.Diagnostics.Append(r.data.updateError("update", &rebilly.OrganizationExport{ID: state.ID.ValueString()}, plan.OrganizationID, err))
			// By default, the framework saves the planned identity.
			resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, state.organizationExportModel)...)

			return
		}
		resp.Diagnostics.Append(r.data.setLastRead(ctx, resp.Private, last, true)...)
		if plan.Status.IsUnknown() {
			resp.Diagnostics.Append(r.waitAndSetVolatile(ctx, &plan, export)...)
			resp.Diagnostics.Append(plan.warnAboutRotation()...)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, plan.organizationExportModel)...)
}

// waitAndSetVolatile waits for an export in progress, and sets the attributes that the
// plan left unknown. Terraform plans again before it applies, when it knows
// wait_for_completion: with false, these attributes are known then.
func (r *organizationExportResource) waitAndSetVolatile(ctx context.Context, plan *organizationExportResourceModel, export *rebilly.OrganizationExport) diag.Diagnostics {
	export, err := r.data.client.WaitForOrganizationExport(ctx, plan.OrganizationID.ValueString(), export, nil)
	plan.setVolatile(newOrganizationExportModel(plan.OrganizationID, export))
	if err != nil {
		return diag.Diagnostics{r.data.updateError("wait for", export, plan.OrganizationID, err)}
	}

	return nil
}

// setVolatile sets the attributes that change while an export is in progress.
func (m *organizationExportModel) setVolatile(current organizationExportModel) {
	m.FileID = current.FileID
	m.Status = current.Status
	m.Resources = current.Resources
	m.RecordCounts = current.RecordCounts
	m.UpdatedTime = current.UpdatedTime
	m.RetentionTime = current.RetentionTime
}

// Delete implements resource.Resource. It sends nothing: Rebilly has no
// operation that deletes an export, and the plan has said so.
func (r *organizationExportResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// setIdentity sets the identity, if the CLI supports identities.
func setIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, model organizationExportModel) diag.Diagnostics {
	if identity == nil {
		return nil
	}

	return identity.Set(ctx, &organizationExportIdentityModel{ID: model.ID, OrganizationID: model.OrganizationID})
}
