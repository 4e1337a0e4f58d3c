namespace Pipeline.Stages.Models.Trees.Boosting.Growth;

/// <summary>What the samples of a node add up to, in whole-number units.</summary>
/// <param name="Count">Samples.</param>
/// <param name="Gradient">Sum of gradients.</param>
/// <param name="Curvature">Sum of curvatures; 0 where they are 1 and the count stands for them.</param>
internal readonly record struct NodeSums(int Count, long Gradient, long Curvature);
