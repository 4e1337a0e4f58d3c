using Xunit;

namespace Pipeline.Stages.Tests.Models;

public class ModelSettingTests
{
    [Theory]
    [InlineData("pls(3)", true)]
    [InlineData("pcr(3)", true)]
    [InlineData("plsda(3)", true)]
    [InlineData("localpls(3)", true)]
    [InlineData("ridge", false)]
    [InlineData("krr", false)]
    [InlineData("forest(10)", false)]
    public void IsOfComponents_FamiliesOfTheCatalogue_AreToldApart(string family, bool expected) =>
        Assert.All(Catalog.ParseFamily(family).Settings, setting => Assert.Equal(expected, setting.IsOfComponents));
}
