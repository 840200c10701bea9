package provider

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

const invalidSummary = "Invalid Argument Value"

var _ validator.String = stringFuncValidator{}

// The validators of several objects.
var (
	validExportID    = stringFunc("value must be the ID of an export", validateExportID)
	validOrgID       = stringFunc("value must be the ID of an organization", validateOrganizationID)
	validTrigger     = stringFuncValidator{description: "value must not be a key", validate: validateTrigger}
	validDuration    = stringFunc("value must be a Go duration above zero", validateDuration)
	validFilePath    = stringFunc("value must be the path of a file", validateFilePath)
	validStatus      = stringFunc("value must be expired or failed", validateReplacedStatus)
	validEnvironment = stringFunc("value must be live or sandbox", validateEnvironment)
	validSortField   = stringFunc("value must be the name of a field", validateSortField)
	validFilter      = filterValidator{validText}
)

// stringFuncValidator validates a string with a function that also validates
// other sources of the value, such as environment variables.
type stringFuncValidator struct {
	description string
	validate    func(string) error
	secret      bool
}

// stringFunc returns a validator that reports the errors of validate. It refuses
// credentials, which a mistake puts into another argument, and does not show them.
func stringFunc(description string, validate func(string) error) stringFuncValidator {
	return stringFuncValidator{description: description, validate: func(value string) error {
		if err := rebilly.RefuseCredential(value); err != nil {
			return err
		}

		return validate(value)
	}}
}

// validText accepts all text but credentials.
var validText = stringFunc("value must not be a credential", func(string) error { return nil })

// excerpt returns the beginning of a value that a message quotes.
func excerpt(value string) string {
	const limit = 20
	if characters := []rune(value); len(characters) > limit {
		return string(characters[:limit]) + "…"
	}

	return value
}

// secretFunc is stringFunc for values that may contain a secret. Its errors have
// no attribute path: Terraform prints the source line of an attribute with an
// error, and with it a literal secret.
func secretFunc(description string, validate func(string) error) stringFuncValidator {
	return stringFuncValidator{description: description, validate: validate, secret: true}
}

func (v stringFuncValidator) Description(context.Context) string { return v.description }

func (v stringFuncValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (v stringFuncValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	resp.Diagnostics.Append(v.check(req.Path, req.ConfigValue)...)
}

// check returns an error for a value that is known and invalid. Actions need it besides
// validation: Terraform does not validate their arguments again when it knows the values
// of variables and of other resources.
func (v stringFuncValidator) check(argument path.Path, value types.String) diag.Diagnostics {
	if value.IsNull() || value.IsUnknown() {
		return nil
	}
	err := v.validate(value.ValueString())
	switch {
	case err == nil:
		return nil
	case v.secret, rebilly.LooksLikeCredential(value.ValueString()):
		return diag.Diagnostics{newError(invalidSummary, "The value of "+argument.String()+" is invalid: "+err.Error()+".")}
	default:
		return diag.Diagnostics{invalidArgument(argument, err)}
	}
}

// checkRequired is check for a required argument. Terraform does not notice that a
// variable is null.
func (v stringFuncValidator) checkRequired(argument path.Path, value types.String) diag.Diagnostics {
	if value.IsNull() {
		return diag.Diagnostics{invalidArgument(argument, errors.New("it is required and is null; check the variable or resource that it comes from"))}
	}

	return v.check(argument, value)
}

// checkInvokeTimeout checks the timeouts block of an action.
func checkInvokeTimeout(timeouts types.Object) diag.Diagnostics {
	invoke, _ := timeouts.Attributes()["invoke"].(types.String)

	return validDuration.check(path.Root("timeouts").AtName("invoke"), invoke)
}

// invalidArgument returns the error for an argument with an invalid value.
func invalidArgument(argument path.Path, err error) diag.Diagnostic {
	// An element of a set has no other name than its value, which is in the error.
	last, _ := argument.Steps().LastStep()
	if _, isElement := last.(path.PathStepElementKeyValue); isElement {
		argument = argument.ParentPath()
	}

	return diag.WithPath(argument, newError(invalidSummary, "The value of "+argument.String()+" is invalid: "+err.Error()+"."))
}

func validateEnvironment(name string) error {
	if _, ok := environments[name]; !ok {
		return fmt.Errorf("%q is not a Rebilly environment; use live or sandbox, or set base_url for another host", excerpt(name))
	}

	return nil
}

// validateExportID returns an error if id cannot be the ID of an export.
func validateExportID(id string) error {
	organization, export, found := strings.Cut(id, "/")
	switch {
	case strings.HasPrefix(id, "file_"):
		return fmt.Errorf("%q is the ID of a file; give the ID of its export, which begins with org_exp_", excerpt(id))
	case found && strings.HasPrefix(organization, "org_") && validateOrganizationID(organization) == nil && rebilly.ValidateID(export) == nil:
		return fmt.Errorf("%q contains a slash; put the part before it into organization_id", id)
	case !strings.HasPrefix(id, exportPrefix) && organizationPattern.MatchString(id):
		return fmt.Errorf("%q is the ID of an organization; put it into organization_id, and give the ID of an export, which begins with org_exp_", excerpt(id))
	}

	return rebilly.ValidateID(id)
}

// exportPrefix begins the IDs of exports.
const exportPrefix = "org_exp_"

var organizationPattern = regexp.MustCompile(`^org_\w+$`)

// validateOrganizationID returns an error if id cannot be the ID of an organization.
func validateOrganizationID(id string) error {
	switch {
	case id == "":
		return errors.New("the ID is empty; leave it out for the provider's organization, or else for the credential's default one")
	case strings.HasPrefix(id, exportPrefix):
		return fmt.Errorf("%q is the ID of an export; give the ID of its organization", excerpt(id))
	case strings.HasPrefix(id, "file_"):
		return fmt.Errorf("%q is the ID of a file; give the ID of its organization", excerpt(id))
	}

	return rebilly.ValidateID(id)
}

// validateAPIKey returns an error for what cannot be a secret API key.
func validateAPIKey(key string) error {
	if strings.HasPrefix(key, "eyJ") {
		return errors.New("the value is a JSON Web Token (eyJ...); set it as jwt or " + jwtVariable)
	}

	return rebilly.ValidateCredential(key)
}

// validateJWT returns an error for what cannot be a JSON Web Token.
func validateJWT(token string) error {
	if strings.HasPrefix(token, "sk_") {
		return errors.New("the value is an API key (sk_...); set it as api_key or " + apiKeyVariable)
	}

	return rebilly.ValidateCredential(token)
}

// validateTrigger returns an error for a key, which the plan would show. It accepts what
// looks like a JWT: JSON in base64 does, too.
func validateTrigger(value string) error {
	if strings.HasPrefix(value, "eyJ") {
		return nil
	}

	return rebilly.RefuseCredential(value)
}

func validateReplacedStatus(status string) error {
	if status != rebilly.StatusExpired && status != rebilly.StatusFailed {
		return fmt.Errorf("%q is not a status at which an export can be replaced; use expired, failed, or both", excerpt(status))
	}

	return nil
}

// validateDuration returns an error if text is not a Go duration above zero.
func validateDuration(text string) error {
	duration, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return fmt.Errorf("%q is not a duration; use a number with a unit, such as 30s, 2m, or 720h. Days and months are not units: 30 days are 720h", excerpt(text))
	case duration <= 0:
		return fmt.Errorf("%q leaves no time; use a duration above zero, such as 30s", excerpt(text))
	}

	return nil
}

// schemePattern matches the beginning of a URL. Two letters, because of drives.
var schemePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+:/`)

// validateFilePath returns an error if name cannot be the path of a file.
func validateFilePath(name string) error {
	switch {
	case strings.HasPrefix(name, "~"):
		return fmt.Errorf("%q begins with ~, which only shells expand; use pathexpand(%q)", name, name)
	case schemePattern.MatchString(name):
		return fmt.Errorf("%q is a URL, and the action writes to a local path; for a bucket, see the guide \"Get your data out\"", name)
	}
	if !rebilly.CanNameFile(name) {
		return fmt.Errorf("%q does not name a file; use a path such as exports/audit.zip", name)
	}

	return nil
}

// wholeNumber accepts whole numbers from min on, and up to max unless that is 0. Its
// attributes are numbers, because an Int64Attribute calls 1.5 a defect of the provider.
type wholeNumber struct{ min, max int64 }

var _ validator.Number = wholeNumber{}

func (v wholeNumber) Description(context.Context) string {
	if v.max == 0 {
		return fmt.Sprintf("value must be a whole number of at least %d", v.min)
	}

	return fmt.Sprintf("value must be a whole number from %d to %d", v.min, v.max)
}

func (v wholeNumber) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v wholeNumber) ValidateNumber(ctx context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	number := req.ConfigValue.ValueBigFloat()
	if number == nil {
		return
	}
	if whole, _ := number.Int64(); !number.IsInt() || whole < v.min || v.max != 0 && whole > v.max {
		shown, _ := number.Float64()
		resp.Diagnostics.Append(invalidArgument(req.Path, fmt.Errorf("the %s, and is %g", v.Description(ctx), shown)))
	}
}

// toInt returns a number that wholeNumber has accepted, at most 2,147,483,647. It returns
// fallback for null.
func toInt(number types.Number, fallback int) int {
	if number.IsNull() || number.IsUnknown() {
		return fallback
	}
	whole, _ := number.ValueBigFloat().Int64()

	return int(min(whole, math.MaxInt32))
}

// filterFields are the fields of an export.
var filterFields = []string{"id", "userId", "fileId", "status", "createdTime", "updatedTime", "retentionTime", "resources"}

// filterValidator also warns about a filter that probably matches nothing. Only Rebilly knows
// what it accepts.
type filterValidator struct{ stringFuncValidator }

func (v filterValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	v.stringFuncValidator.ValidateString(ctx, req, resp)
	filter := req.ConfigValue.ValueString()
	if filter == "" || resp.Diagnostics.HasError() {
		return
	}
	for part := range strings.SplitSeq(filter, ";") {
		if odd := oddFilter(part); odd != "" {
			resp.Diagnostics.Append(oddFilterWarning(req.Path, odd))
		}
	}
}

// oddFilter returns what is odd about a part of a filter, or "".
func oddFilter(part string) string {
	field, values, found := strings.Cut(part, ":")
	name, _, _ := strings.Cut(field, ".")
	switch {
	case !found:
		return fmt.Sprintf("%q has no colon; write field:value, such as status:completed", excerpt(part))
	case !slices.Contains(filterFields, name):
		return fmt.Sprintf("an export has no field %q; its fields are %s", excerpt(field), strings.Join(filterFields, ", "))
	case strings.HasSuffix(field, "Time"):
		for bound := range strings.SplitSeq(strings.TrimPrefix(values, "!"), "..") {
			date, _, _ := strings.Cut(bound, "T")
			if _, err := time.Parse(time.DateOnly, date); err != nil && bound != "" || !strings.Contains(values, "..") {
				return fmt.Sprintf("%q is not a range of times; use %s:2026-01-01T00:00:00Z.. or %s:..2026-06-30T23:59:59Z", excerpt(values), field, field)
			}
		}
	case field == "status":
		for value := range strings.SplitSeq(values, ",") {
			if strings.Contains(value, ":") {
				return fmt.Sprintf("the status %q contains a colon; separate conditions with a semicolon", excerpt(value))
			}
			if !rebilly.IsKnown(strings.TrimPrefix(value, "!")) {
				return fmt.Sprintf("%q is not a status; use pending, queued, processing, completed, failed, or expired", excerpt(value))
			}
		}
	}

	return ""
}

var sortFieldPattern = regexp.MustCompile(`^-?[\w.]+$`)

func validateSortField(name string) error {
	if !sortFieldPattern.MatchString(name) {
		return fmt.Errorf("%q is not a field name; give one field per element, such as createdTime or -createdTime", name)
	}

	return nil
}

// sortFields returns the fields to sort by, or errors at their elements.
// Validation cannot see an element that was unknown at that time.
func sortFields(elements []types.String) ([]string, diag.Diagnostics) {
	var diags diag.Diagnostics
	fields := make([]string, len(elements))
	for i, element := range elements {
		argument := path.Root("sort").AtListIndex(i)
		fields[i] = element.ValueString()
		diags.Append(validSortField.check(argument, element)...)
		if element.IsNull() {
			diags.Append(invalidArgument(argument, errors.New("the element is null; remove it, for example with compact()")))
		}
	}

	return fields, diags
}
