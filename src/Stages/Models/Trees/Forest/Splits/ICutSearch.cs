namespace Pipeline.Stages.Models.Trees.Forest.Splits;

/// <summary>Finds the split of one node after the other.</summary>
/// <remarks>One thread; one tree at a time.</remarks>
internal interface ICutSearch
{
    /// <summary>Prepares for a tree.</summary>
    /// <param name="node">Its samples.</param>
    /// <param name="count">Samples that the tree sees, each counted once.</param>
    void Begin(NodeSamples node, int count);

    /// <summary>The best split of the node, or none where every variable is constant.</summary>
    Cut Find(NodeSamples node);

    /// <summary>Is told that the node was split.</summary>
    /// <param name="node">The node, its places divided already.</param>
    /// <param name="left">How many went left.</param>
    /// <param name="goesLeft">By place, 1 where it went left.</param>
    void Divided(NodeSamples node, int left, byte[] goesLeft);
}
