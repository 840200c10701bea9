package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// coreStep is one run in a scenario: settings that change, and what is special about
// the run.
type coreStep struct {
	change           func(*settings)
	unknown, becomes string
	fails            bool
	// saved applies a plan that was saved before.
	saved bool
}

// coreOutcome is what a run did, with short names for exports.
type coreOutcome struct {
	Failed   bool
	Requests []string
	State    []string
}

// TestAccSimulation_modelOfTerraform runs scenarios with the simulation's model of
// Terraform and with the real one. Both must send the same requests, and keep the
// same state.
func TestAccSimulation_modelOfTerraform(t *testing.T) {
	t.Parallel()
	month := func(month string) coreStep { return coreStep{change: func(s *settings) { s.Month = month }} }
	failing := func(step coreStep) coreStep { step.fails = true; return step }
	for name, steps := range map[string][]coreStep{
		"create, and no change":         {{}, {}},
		"another trigger":               {{}, month("2026-01"), {}},
		"another organization":          {{}, {change: func(s *settings) { s.Organization = "org_b" }}, {}},
		"an update":                     {{}, {change: func(s *settings) { s.RotateAfter = "720h" }}, {}},
		"a failed creation":             {failing(coreStep{}), {}, {}},
		"a failed replacement":          {{}, failing(month("2026-01")), {}, {}},
		"a saved plan":                  {{saved: true}, {change: func(s *settings) { s.Month = "2026-01" }, saved: true}},
		"an unknown trigger, equal":     {month("2026-01"), {unknown: "triggers"}, {}},
		"an unknown organization":       {{}, {unknown: "organization_id", becomes: "org_b"}, {}},
		"an unknown organization again": {{}, {unknown: "organization_id"}, {}},
	} {
		for _, first := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/create_before_destroy=%t", name, first), func(t *testing.T) {
				t.Parallel()
				start := settings{Organization: "org_a", CreateFirst: first}
				want := withTerraform(t, start, steps)
				if difference := cmp.Diff(want, withModel(t, start, steps)); difference != "" {
					t.Errorf("the model differs (-Terraform +model):\n%s", difference)
				}
			})
		}
	}
}

// withModel runs the steps with the model.
func withModel(t *testing.T, start settings, steps []coreStep) (outcomes []coreOutcome) {
	t.Helper()
	y := newYear(t, schedule{Start: start})
	synctest.Test(t, func(t *testing.T) {
		y.begin(t)
		y.instant, y.withoutFile = true, true
		api := y.apis[liveHost]
		for _, step := range steps {
			before := len(api.Requests())
			y.unknown, y.becomes = step.unknown, step.becomes
			if step.change != nil {
				step.change(&y.settings)
			}
			if step.fails {
				y.next["fails"] = event{}
			}
			ok := y.run()
			instances := []string{}
			for _, deposed := range y.state.deposed {
				instances = append(instances, "deposed "+y.read(deposed).String())
			}
			if current := y.state.current; current != nil {
				instances = append(instances, map[bool]string{true: "tainted "}[current.tainted]+y.read(current).String())
			}
			outcomes = append(outcomes, coreOutcome{!ok, sentSince(api, before), instances})
		}
		if y.violation != nil {
			t.Error(y.report())
		}
	})

	return shortened(outcomes)
}

// String returns what a state must have in common with Terraform's.
func (s stateText) String() string {
	return fmt.Sprintf("%s of %s, month %q, %s", s.id, s.organization, s.month, s.status)
}

// withTerraform runs the steps with the real CLI.
func withTerraform(t *testing.T, start settings, steps []coreStep) (outcomes []coreOutcome) {
	t.Helper()
	api := rebillytest.New()
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": `resource "terraform_data" "skip" {}`})
	for number, step := range steps {
		before := len(api.Requests())
		if step.change != nil {
			step.change(&start)
		}
		status := rebillytest.StatusCompleted
		if step.fails {
			status = rebillytest.StatusFailed
		}
		api.SetLifeCycle(rebillytest.Stage{Status: status})
		applied := start
		applied.become(step.unknown, step.becomes)
		terraform.write("main.tf", providerBlock(address)+applied.configuration(step.unknown, number))
		var err error
		if step.saved {
			_, err = terraform.run("plan", "-no-color", "-out=saved")
			if err == nil {
				_, err = terraform.run("apply", "-no-color", "saved")
			}
		} else {
			_, err = terraform.run("apply", "-no-color", "-auto-approve")
		}
		start = applied
		outcomes = append(outcomes, coreOutcome{err != nil, sentSince(api, before), terraform.instances()})
	}

	return shortened(outcomes)
}

// configuration returns the settings in Terraform's language. The unknown argument is
// the output of a resource that is replaced.
func (s settings) configuration(unknownName string, number int) string {
	month := "{}"
	if s.Month != "" {
		month = fmt.Sprintf("{ month = %q }", s.Month)
	}
	arguments := map[string]string{"organization_id": fmt.Sprintf("%q", s.Organization), "triggers": month}
	if s.RotateAfter != "" {
		arguments["rotate_after"] = fmt.Sprintf("%q", s.RotateAfter)
	}
	source := ""
	if unknownName != "" {
		source = fmt.Sprintf("resource \"terraform_data\" \"source\" {\n  input = %s\n  triggers_replace = %d\n}\n", arguments[unknownName], number)
		arguments[unknownName] = "terraform_data.source.output"
	}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(arguments)) {
		lines = append(lines, "  "+name+" = "+arguments[name])
	}

	return fmt.Sprintf("%sresource \"rebilly_organization_export\" \"test\" {\n%s\n  lifecycle {\n    create_before_destroy = %t\n  }\n}\n",
		source, strings.Join(lines, "\n"), s.CreateFirst)
}

// instances returns the instances of the resource in state, the deposed ones first.
func (c cli) instances() []string {
	c.t.Helper()
	var state struct {
		Resources []struct {
			Type      string
			Instances []struct {
				Deposed, Status string
				Attributes      struct {
					ID           string            `json:"id"`
					Organization string            `json:"organization_id"`
					Status       string            `json:"status"`
					Triggers     map[string]string `json:"triggers"`
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(c.file("terraform.tfstate")), &state); err != nil {
		c.t.Fatal(errors.Join(errors.New("reading the state"), err))
	}
	lines := []string{}
	for _, resource := range state.Resources {
		for _, instance := range resource.Instances {
			attributes := instance.Attributes
			line := stateText{id: attributes.ID, organization: attributes.Organization, month: attributes.Triggers["month"], status: attributes.Status}.String()
			switch {
			case resource.Type != objectType:
			case instance.Deposed != "":
				lines = append([]string{"deposed " + line}, lines...)
			case instance.Status == "tainted":
				lines = append(lines, "tainted "+line)
			default:
				lines = append(lines, line)
			}
		}
	}

	return lines
}

// shortened returns outcomes with the IDs of exports numbered.
func shortened(outcomes []coreOutcome) []coreOutcome {
	encoded, _ := json.Marshal(outcomes)
	text, numbers := string(encoded), 0
	for {
		at := strings.Index(text, "org_exp_")
		if at < 0 {
			break
		}
		end := at + strings.IndexAny(text[at:], ` "/`)
		numbers++
		text = strings.ReplaceAll(text, text[at:end], fmt.Sprintf("export %d", numbers))
	}
	var short []coreOutcome
	_ = json.Unmarshal([]byte(text), &short)
	for _, outcome := range short {
		// Terraform refreshes the current and the deposed object at the same time.
		slices.Sort(outcome.Requests)
	}

	return short
}
