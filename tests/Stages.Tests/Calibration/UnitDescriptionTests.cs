using System.Text;
using Pipeline.Engine;
using Pipeline.Stages.Calibration;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration;

public class UnitDescriptionTests
{
    private static readonly StudyPlan Plan = StudyPlanner.Plan(
        FlowHarness.SmallStudy, StudyBinding.Bind(FlowHarness.SmallStudy, TestChunks.Make(n: 40, p: 30, seed: 7)).Set.Manifest, Limits.Default);

    [Fact]
    public void FromJson_EveryUnitOfAPlan_GivesTheSameKeys()
    {
        // Aim: what the state keeps is enough to make every key again, bit for bit.
        Assert.NotEmpty(Plan.Units);
        foreach (CalibrationUnit unit in Plan.Units.Values)
        {
            UnitDescription read = UnitDescription.FromJson(unit.Description.ToJson())!;
            Assert.Equal(unit.Work.Key, read.UnitFields().ToFingerprint());
            Assert.Equal(
                unit.Candidates.Select(one => one.Candidate.Key),
                read.Candidates.Select(place => read.CandidateFields(place.Subset, place.Setting).ToFingerprint()));
            Assert.Equal(unit.Chain.Notation, read.Chain);
        }
    }

    [Fact]
    public void ToJson_TwentyFiveSettings_StaysSmall()
    {
        Study study = FlowHarness.SmallStudy with { Models = ["pls(25)"] };
        StudyPlan plan = StudyPlanner.Plan(study, Plan.Manifest, Limits.Default);
        Assert.All(plan.Units.Values, unit => Assert.InRange(unit.Description.ToJson().Length, 200, 2048));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"format":2}""")]
    [InlineData("""{"format":1,"samples":"ab","folds":"cd"}""")]
    public void FromJson_OfAnotherVersion_IsNothing(string json) => Assert.Null(UnitDescription.FromJson(Encoding.UTF8.GetBytes(json)));
}
