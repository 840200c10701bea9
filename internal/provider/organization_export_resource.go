package provider

import (
	"context"
	"errors"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

var (
	_ resource.ResourceWithConfigure   = (*organizationExportResource)(nil)
	_ resource.ResourceWithIdentity    = (*organizationExportResource)(nil)
	_ resource.ResourceWithImportState = (*organizationExportResource)(nil)
)

// organizationExportResource is the managed resource
// rebilly_organization_export: an export that was requested, and the record of
// it. Rebilly has no operation that changes or deletes an export.
type organizationExportResource struct {
	*connection
}

// exportArguments are the arguments of the resource.
type exportArguments struct {
	IncludeFiles      types.Bool
	Triggers          types.Map
	WaitForCompletion types.Bool
	Timeouts          timeouts.Value
}

// exportIdentityModel is the identity of the resource.
type exportIdentityModel struct {
	ID types.String `tfsdk:"id"`
}

func newOrganizationExportResource() resource.Resource {
	return &organizationExportResource{}
}

// Metadata implements resource.Resource.
func (r *organizationExportResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_export"
}

// Schema implements resource.Resource.
func (r *organizationExportResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = organizationExportResourceSchema()
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *organizationExportResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"id": identityschema.StringAttribute{
				RequiredForImport: true,
				Description:       "ID of the export.",
			},
		},
	}
}

// Configure implements resource.ResourceWithConfigure.
func (r *organizationExportResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.connection = connectionOf(req.ProviderData)
}

// Create implements resource.Resource. It calls the API operation
// PostOrganizationExport once, and GetOrganizationExport until the export is
// completed. What was requested is in the state from the answer to the first
// on, whatever happens then.
func (r *organizationExportResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	arguments, diagnostics := argumentsOf(ctx, req.Plan.GetAttribute)
	timeout, problems := arguments.Timeouts.Create(ctx, defaultWait)
	resp.Diagnostics.Append(append(diagnostics, problems...)...)
	if resp.Diagnostics.HasError() {
		return
	}

	export, err := r.client.CreateOrganizationExport(ctx, rebilly.CreateOptions{IncludeFiles: arguments.IncludeFiles.ValueBool()})
	if requested, ok := errors.AsType[*rebilly.RequestedError](err); ok {
		resp.Diagnostics.Append(save(ctx, &rebilly.OrganizationExport{ID: requested.ID}, arguments, &resp.State, resp.Identity)...)
		resp.Diagnostics.Append(r.keptFailure("Organization Export Requested but Not Read", requested.ID, err))

		return
	}
	if err != nil {
		resp.Diagnostics.Append(r.requestFailure(err))

		return
	}
	resp.Diagnostics.Append(save(ctx, export, arguments, &resp.State, resp.Identity)...)
	tflog.Info(ctx, "Requested an organization export. If Terraform or the provider is killed before it is in the state, import it: "+
		"terraform import rebilly_organization_export.NAME "+export.ID, map[string]any{"id": export.ID})
	if !arguments.WaitForCompletion.ValueBool() {
		return
	}

	completed, err := r.client.WaitForOrganizationExport(ctx, export, timeout)
	if err != nil {
		resp.Diagnostics.Append(save(ctx, lastSeen(export, err), arguments, &resp.State, resp.Identity)...)
		resp.Diagnostics.Append(r.keptFailure("Organization Export Requested but Not Completed", export.ID, err))

		return
	}
	resp.Diagnostics.Append(save(ctx, completed, arguments, &resp.State, resp.Identity)...)
}

// lastSeen returns the export as it was seen last when waiting for it failed.
func lastSeen(requested *rebilly.OrganizationExport, err error) *rebilly.OrganizationExport {
	if ended, ok := errors.AsType[*rebilly.EndedError](err); ok {
		return ended.Export
	}
	if timeout, ok := errors.AsType[*rebilly.TimeoutError](err); ok {
		return timeout.Export
	}

	return requested
}

// Read implements resource.Resource. It calls the API operation
// GetOrganizationExport.
func (r *organizationExportResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	id, err := r.refresh(ctx, req.State, req.State.GetAttribute, &resp.State, resp.Identity, &resp.Diagnostics)
	if problem, ok := errors.AsType[*rebilly.Problem](err); ok && problem.Status == http.StatusNotFound {
		tflog.Warn(ctx, "Removing an organization export from the state: Rebilly does not have it any more", map[string]any{"id": id})
		resp.State.RemoveResource(ctx)
		resp.Diagnostics.Append(identify(ctx, types.StringValue(id), resp.Identity)...)

		return
	}
	if err != nil {
		resp.Diagnostics.Append(r.readFailure(id, err))
	}
}

// Update implements resource.Resource. What can be updated are arguments that
// matter at creation only; the export is read as it is now.
func (r *organizationExportResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	id, err := r.refresh(ctx, req.State, req.Plan.GetAttribute, &resp.State, resp.Identity, &resp.Diagnostics)
	if err != nil {
		resp.Diagnostics.Append(r.readFailure(id, err))
	}
}

// refresh saves the export of the prior state as Rebilly has it now, with the
// arguments that get reads. It returns the id, and why the export could not be
// read.
func (r *organizationExportResource) refresh(ctx context.Context, prior tfsdk.State, get attributeGetter,
	state *tfsdk.State, identity *tfsdk.ResourceIdentity, diagnostics *diag.Diagnostics,
) (id string, err error) {
	arguments, problems := argumentsOf(ctx, get)
	diagnostics.Append(problems...)
	diagnostics.Append(prior.GetAttribute(ctx, path.Root("id"), &id)...)
	if diagnostics.HasError() {
		return id, nil
	}

	ctx, stop := r.untilInterrupted(ctx)
	defer stop()
	export, err := r.client.GetOrganizationExport(ctx, id)
	if err == nil {
		diagnostics.Append(save(ctx, export, arguments, state, identity)...)
	}

	return id, err
}

// Delete implements resource.Resource. It sends nothing.
func (r *organizationExportResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var (
		id        types.String
		retention timestamp
	)
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &id)...)
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("retention_time"), &retention)...)
	kept := "as long as its retention lasts"
	if !retention.IsNull() {
		kept = "until " + retention.ValueString()
	}
	resp.Diagnostics.AddWarning("Organization Export Kept by Rebilly",
		"Rebilly has no operation that deletes an export. Terraform forgets the export "+id.ValueString()+", and Rebilly keeps it and its file "+kept+".")
}

// ImportState implements resource.ResourceWithImportState, by the id or by the
// identity.
func (r *organizationExportResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if req.ID != "" {
		if err := rebilly.ValidateID(req.ID); err != nil {
			resp.Diagnostics.Append(invalid(path.Root("id"), "The import", err))

			return
		}
	}
	resource.ImportStatePassthroughWithIdentity(ctx, path.Root("id"), path.Root("id"), req, resp)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("wait_for_completion"), true)...)
}

// attributeGetter is GetAttribute of a plan or of a state.
type attributeGetter func(context.Context, path.Path, any) diag.Diagnostics

// argumentsOf reads the arguments from a plan or a state. The rest of a plan
// is not known, and is not read.
func argumentsOf(ctx context.Context, get attributeGetter) (exportArguments, diag.Diagnostics) {
	var arguments exportArguments
	diagnostics := get(ctx, path.Root("include_files"), &arguments.IncludeFiles)
	diagnostics.Append(get(ctx, path.Root("triggers"), &arguments.Triggers)...)
	diagnostics.Append(get(ctx, path.Root("wait_for_completion"), &arguments.WaitForCompletion)...)
	diagnostics.Append(get(ctx, path.Root("timeouts"), &arguments.Timeouts)...)

	return arguments, diagnostics
}

// save puts an export into the state, and its id into the identity.
func save(ctx context.Context, export *rebilly.OrganizationExport, arguments exportArguments, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	saved := organizationExportValues(export)
	saved["include_files"] = arguments.IncludeFiles
	saved["triggers"] = arguments.Triggers
	saved["wait_for_completion"] = arguments.WaitForCompletion
	saved["timeouts"] = arguments.Timeouts
	diagnostics := saved.setIn(ctx, state)
	diagnostics.Append(identify(ctx, types.StringValue(export.ID), identity)...)

	return diagnostics
}

// identify puts the id into the identity. The framework wants one after every
// read, also where the state is from a CLI that knows no identities, or is
// being removed.
func identify(ctx context.Context, id types.String, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	if identity == nil {
		return nil
	}

	return identity.Set(ctx, exportIdentityModel{ID: id})
}
